// What has to change: wanted inputs against the recorded state, as Terraform compares them.
import type { Change, ChangeKind, Difference } from "../protocol/provider.ts";
import { containsPath, parsePath } from "../protocol/property-path.ts";
import {
  hasSecret,
  hasUnknown,
  reveal,
  revealProperties,
  Secret,
  UNKNOWN,
  type Properties,
  type Value,
} from "../protocol/values.ts";
import { DEFAULTS } from "./check.ts";
import type { Attribute, ResourceType, Values } from "./resources/resource.ts";

/**
 * Compares inputs with the recorded state. What the server fills in counts only when the program
 * gives it.
 */
export function difference(
  type: ResourceType,
  olds: Properties,
  news: Properties,
  ignoreChanges: readonly string[],
): Difference {
  const ignored = ignoreChanges.map(parsePath);
  const detailed = new Map<string, Change>();
  for (const [key, attribute] of Object.entries(type.attributes)) {
    if (attribute.writeOnly === true || ignored.some((path) => containsPath(path, [key]))) continue;
    const kind = changeOf(attribute, reveal(olds[key] ?? null), reveal(news[key] ?? null));
    if (kind !== undefined) detailed.set(key, { kind, replaces: attribute.forceNew === true, input: false });
  }
  const replaces = [...detailed].filter(([, { replaces }]) => replaces).map(([key]) => key);
  const deleteBeforeReplace =
    replaces.length > 0 && (type.deleteBeforeReplace === true || keepsName(type, olds, news));
  return { changed: detailed.size > 0, replaces, deleteBeforeReplace, detailed, diffs: [...detailed.keys()] };
}

function changeOf(attribute: Attribute, old: Value, next: Value): ChangeKind | undefined {
  if (hasUnknown(next)) return isZero(old) ? "add" : "update";
  if (next === null) return attribute.computed === true || isZero(old) ? undefined : "delete";
  if (isZero(next) && isZero(old)) return undefined;
  if (isSame(attribute.type, old, next)) return undefined;
  return isZero(old) ? "add" : "update";
}

// Terraform does not tell an absent value from an empty one.
function isZero(value: Value): boolean {
  return (
    value === null ||
    value === "" ||
    value === 0 ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}

function isSame(type: Attribute["type"], old: Value, next: Value): boolean {
  if (type === "set" && Array.isArray(old) && Array.isArray(next)) {
    return JSON.stringify(sortedSet(old)) === JSON.stringify(sortedSet(next));
  }
  if (type === "string") return String(old) === String(next);
  return JSON.stringify(old) === JSON.stringify(next);
}

function sortedSet(values: readonly Value[]): string[] {
  return [...new Set(values.map(String))].sort();
}

// A name that somebody chose cannot be held by the old and the new one at once.
function keepsName(type: ResourceType, olds: Properties, news: Properties): boolean {
  const defaults = news[DEFAULTS];
  const chosen = Array.isArray(defaults) && !defaults.includes("name");
  return type.autonamed && chosen && reveal(olds["name"] ?? null) === reveal(news["name"] ?? null);
}

/** The values to reach: the inputs, and what is recorded of attributes that the server fills in. */
export function wantedValues(type: ResourceType, olds: Properties, news: Properties): Values {
  const wanted: Values = {};
  for (const [key, attribute] of Object.entries(type.attributes)) {
    const value = news[key] ?? (attribute.computed === true ? olds[key] : undefined);
    if (value !== undefined) wanted[key] = reveal(value);
  }
  return wanted;
}

/**
 * What a preview shows: the inputs, the recorded values of what the server fills in, unknown where
 * nothing is recorded.
 */
export function plannedState(type: ResourceType, olds: Properties, news: Properties): Properties {
  const planned: Properties = {};
  for (const [key, attribute] of Object.entries(type.attributes)) {
    if (attribute.writeOnly === true) continue;
    const recorded = attribute.computed === true ? (olds[key] ?? UNKNOWN) : undefined;
    const value = news[key] ?? recorded;
    if (value !== undefined) planned[key] = value;
  }
  return withSecrets(type, planned, news);
}

/** Values as they are recorded: secret where the attribute always is, or where the input was. */
export function withSecrets(type: ResourceType, values: Values, source: Properties): Properties {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => type.attributes[key]?.writeOnly !== true)
      .map(([key, value]) => {
        const secret = type.attributes[key]?.sensitive === true || hasSecret(source[key] ?? null);
        return [key, secret && !(value instanceof Secret) ? new Secret(value) : value];
      }),
  );
}

/** The inputs after a refresh: what is recorded now, of what the program gave. */
export function refreshedInputs(type: ResourceType, inputs: Properties, values: Values): Properties {
  if (Object.keys(inputs).length === 0) {
    const given = Object.entries(values).filter(
      ([key, value]) => !isZero(value) && type.attributes[key] !== undefined,
    );
    return { ...withSecrets(type, Object.fromEntries(given), {}), [DEFAULTS]: [] };
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([key, input]) => {
      const attribute = type.attributes[key];
      const value = values[key];
      if (attribute === undefined || value === undefined) return [key, input];
      const same = changeOf(attribute, reveal(input), value) === undefined;
      return [key, same ? input : (withSecrets(type, { [key]: value }, inputs)[key] ?? null)];
    }),
  );
}

/** A state without secrets. */
export function recordedValues(state: Properties): Values {
  return revealProperties(state);
}
