import type { Edit } from "./report-data.ts";

type Config = Readonly<Record<string, unknown>>;

/** Longest value that is shown whole. */
const MOST_LETTERS = 160;

/**
 * What was edited from one config to the next, key by key, into the objects; in the order
 * of the keys.
 */
export function editsBetween(before: Config, after: Config): Edit[] {
  const [one, two] = [flat(before), flat(after)];
  const keys = [...new Set([...one.keys(), ...two.keys()])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [one.get(key) ?? null, two.get(key) ?? null];
    return was === is ? [] : [{ key, before: was && shortened(was), after: is && shortened(is) }];
  });
}

function flat(config: Config): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (key: string, value: unknown): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [name, inner] of Object.entries(value)) walk(key === "" ? name : `${key}.${name}`, inner);
    else found.set(key, typeof value === "string" ? value : JSON.stringify(value));
  };
  walk("", config);
  return found;
}

const shortened = (text: string): string =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)} …` : text;
