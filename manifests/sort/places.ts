import type { Json } from "../../release/release.ts";
import type { Path } from "../pod-references.ts";

/** Every text in a JSON value, and the path to it. */
export function placesIn(
  value: Json | undefined,
  path: Path = [],
): { readonly text: string; readonly path: Path }[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => placesIn(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placesIn(one as Json, [...path, key]));
}
