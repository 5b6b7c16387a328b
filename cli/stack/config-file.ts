import { parseDocument, stringify, type Document, isMap, isScalar } from "yaml";
import { configKey } from "../../protocol/names.ts";
import type { Place } from "../../release/place.ts";
import type { Colour } from "../../release/release.ts";

/**
 * What `zd` sets for a colour: a version, its image by digest and the newest migration it needs.
 */
export interface SlotEdit {
  readonly version: string;
  readonly image: string;
  /** Left out for an application without a database. */
  readonly schema?: string;
}

/**
 * The text of Pulumi.<stack>.yaml with the keys set that lead to a place, and every other character
 * as it was.
 *
 * @throws {Error} where the text is no YAML
 */
export function withPlace(text: string, place: Place): string {
  const keys: readonly (readonly [string, string | number])[] = [
    ["active", place.active],
    ["phase", place.phase],
    ...(place.weight === undefined ? [] : [["weight", place.weight] as const]),
  ];
  return keys.reduce((now, [key, value]) => withValue(now, [key], value), text);
}

/** The text with a colour's entry; what the entry says besides is left as it is. */
export function withSlot(text: string, colour: Colour, { version, image, schema }: SlotEdit): string {
  const edited = withValue(withValue(text, [colour, "version"], version), [colour, "image"], image);
  return schema === undefined
    ? without(edited, [colour, "schema"])
    : withValue(edited, [colour, "schema"], schema);
}

/**
 * The text with one value. A value that is there is replaced in place, so that nothing else moves.
 */
export function withValue(text: string, path: readonly string[], value: string | number): string {
  const document = parsed(text);
  const keys = keysOf(path);
  const node = document.getIn(keys, true);
  if (isScalar(node) && node.value === value) return text;
  if (isScalar(node) && node.range && typeof node.value !== "object") {
    const [start, end] = node.range;
    return text.slice(0, start) + stringify(value).trim() + text.slice(end);
  }
  if (isMap(document.contents)) document.setIn(keys, value);
  else document.contents = document.createNode(nested(keys, value)) as never;
  return printed(document);
}

function without(text: string, path: readonly string[]): string {
  const document = parsed(text);
  const keys = keysOf(path);
  if (!document.hasIn(keys)) return text;
  document.deleteIn(keys);
  return printed(document);
}

/** The value of one key of the project, undefined where it is not set. */
export function valueIn(text: string, path: readonly string[]): unknown {
  const document = parsed(text);
  const value: unknown = document.getIn(keysOf(path));
  return isMap(value) ? value.toJS(document) : value;
}

function parsed(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`Cannot read the stack's config as it is no YAML: ${error.message}`);
  return document;
}

const printed = (document: Document): string =>
  document.toString({ lineWidth: 0, flowCollectionPadding: true });

const keysOf = ([first = "", ...rest]: readonly string[]): string[] => ["config", configKey(first), ...rest];

const nested = (keys: readonly string[], value: unknown): unknown =>
  keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
