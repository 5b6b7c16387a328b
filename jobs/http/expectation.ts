import type { Expectation } from "../../protocol/jobs/smoke-settings.ts";
import type { Answer } from "./request.ts";

const SHOWN_CHARACTERS = 300;

/** How an answer differs from what is expected; undefined when it does not. */
export function mismatch(
  answer: Pick<Answer, "status" | "headers" | "body">,
  expected: Expectation,
): string | undefined {
  const shown =
    answer.body.length > SHOWN_CHARACTERS ? `${answer.body.slice(0, SHOWN_CHARACTERS)}…` : answer.body;
  if (answer.status !== expected.status) {
    return `expected status ${expected.status}, got ${answer.status}: ${shown}`;
  }
  for (const [name, value] of Object.entries(expected.header ?? {})) {
    const found = answer.headers[name.toLowerCase()];
    if (found !== value)
      return `expected header ${name}: ${value}, got ${found === undefined ? "none" : String(found)}`;
  }
  if (expected.text !== undefined && !answer.body.includes(expected.text)) {
    return `expected a text with ${JSON.stringify(expected.text)}, got ${shown}`;
  }
  return expected.json === undefined ? undefined : jsonMismatch(answer.body, expected.json, shown);
}

function jsonMismatch(body: string, expected: unknown, shown: string): string | undefined {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch (error) {
    return `expected JSON, got ${shown} (${error instanceof Error ? error.message : String(error)})`;
  }
  return firstDifference(found, expected, "");
}

function firstDifference(found: unknown, expected: unknown, path: string): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return difference(found, expected, path);
    return firstOf(expected.map((value, index) => firstDifference(found[index], value, `${path}[${index}]`)));
  }
  if (isObject(expected)) {
    if (!isObject(found)) return difference(found, expected, path);
    return firstOf(
      Object.entries(expected).map(([key, value]) =>
        firstDifference(found[key], value, path ? `${path}.${key}` : key),
      ),
    );
  }
  return found === expected ? undefined : difference(found, expected, path);
}

function firstOf(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((each) => each !== undefined);
}

function difference(found: unknown, expected: unknown, path: string): string {
  const place = path === "" ? "the JSON" : `"${path}" in the JSON`;
  const text = found === undefined ? "nothing" : JSON.stringify(found).slice(0, SHOWN_CHARACTERS);
  return `expected ${place} to be ${JSON.stringify(expected)}, got ${text}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
