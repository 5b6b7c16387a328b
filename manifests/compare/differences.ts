import { canonical, isJsonObject, type Json, type JsonObject } from "../../release/release.ts";

/** A step of a path in JSON: a key of an object, or what an item of a list is known by. */
export interface Step {
  readonly key: string;
  readonly isItem: boolean;
}

/** A place where two JSON values differ. */
export interface Difference {
  readonly path: readonly Step[];
  /** Undefined where there was nothing. */
  readonly before: Json | undefined;
  /** Undefined where there is nothing. */
  readonly after: Json | undefined;
  /** The same items of a list in another order. */
  readonly isOrder: boolean;
}

/** Fields by which an item of Kubernetes' lists is known, in the order in which they are tried. */
const KEYS = ["name", "containerPort", "mountPath", "devicePath", "key", "port", "topologyKey", "ip", "path"];

/**
 * Where two JSON values differ, as deep as both have the same shape. Items of a list are compared
 * by what they are known by, so that one more at the front is one difference.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly Step[] = [],
): Difference[] {
  if (canonical(before) === canonical(after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) return inFields(before, after, path, false);
  const items = itemsOf(before, after);
  if (!items) return [{ path, before, after, isOrder: false }];
  const found = inFields(items.before, items.after, path, true);
  const [one, other] = [commonOf(items.before, items.after), commonOf(items.after, items.before)];
  return canonical(one) === canonical(other)
    ? found
    : [...found, { path, before: one, after: other, isOrder: true }];
}

function inFields(
  before: JsonObject,
  after: JsonObject,
  path: readonly Step[],
  isItem: boolean,
): Difference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], [...path, { key, isItem }]));
}

const commonOf = (items: JsonObject, others: JsonObject): string[] =>
  Object.keys(items).filter((key) => others[key] !== undefined);

/** The items of two lists by what they are known by; null where these are no such lists. */
function itemsOf(
  before: Json | undefined,
  after: Json | undefined,
): { readonly before: JsonObject; readonly after: JsonObject } | null {
  if (!isListOfObjects(before) || !isListOfObjects(after)) return null;
  const known = KEYS.find((key) => isKnownBy(before, key) && isKnownBy(after, key));
  const byKey = (list: readonly JsonObject[]) =>
    new Map(list.map((item, index) => [known === undefined ? `#${index + 1}` : nameOf(item[known]), item]));
  return { before: Object.fromEntries(byKey(before)), after: Object.fromEntries(byKey(after)) };
}

/** Not the number alone: an object has keys that are numbers before all others. */
const nameOf = (value: Json | undefined): string => (typeof value === "number" ? `:${value}` : String(value));

const isListOfObjects = (value: Json | undefined): value is readonly JsonObject[] =>
  Array.isArray(value) && value.length > 0 && value.every((one: Json) => isJsonObject(one));

function isKnownBy(list: readonly JsonObject[], key: string): boolean {
  const values = list.map((item) => item[key]);
  return (
    values.every((value) => typeof value === "string" || typeof value === "number") &&
    new Set(values.map(nameOf)).size === list.length
  );
}
