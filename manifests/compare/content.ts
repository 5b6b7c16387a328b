import { isJsonObject, type Json } from "../../release/release.ts";
import type { KubeObject } from "../kube-object.ts";
import { sentence, shown } from "./words.ts";

/** Values of at most one line are shown. */
const isLine = (value: Json | undefined): boolean => typeof value === "string" && !value.includes("\n");

/**
 * What differs between two ConfigMaps or two Secrets, key by key. Of a Secret's values nothing is
 * said but that they differ, not even how long they are.
 */
export function contentChanges(before: KubeObject, after: KubeObject): string[] {
  const [one, other] = [contentOf(before), contentOf(after)];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys
    .filter((key) => one[key] !== other[key])
    .map((key) => {
      if (one[key] === undefined) return `key ${key} added`;
      if (other[key] === undefined) return `key ${key} removed`;
      const path = [{ key, isItem: true }];
      const isPlain = after.kind === "ConfigMap" && isLine(one[key]) && isLine(other[key]);
      return isPlain
        ? sentence(`key ${key}`, shown(one[key], path), shown(other[key], path))
        : `key ${key} changed`;
    });
}

/** The content by keys, of a Secret as text in whichever way it is written down. */
function contentOf(object: KubeObject): Readonly<Record<string, string | undefined>> {
  const entriesOf = (field: string) => Object.entries(isJsonObject(object[field]) ? object[field] : {});
  const decoded = (value: Json) => Buffer.from(String(value), "base64").toString("latin1");
  const encoded = (value: Json) => Buffer.from(String(value)).toString("latin1");
  if (object.kind !== "Secret")
    return Object.fromEntries(
      [...entriesOf("data"), ...entriesOf("binaryData")].map(([key, value]) => [key, String(value)]),
    );
  return Object.fromEntries([
    ...entriesOf("data").map(([key, value]) => [key, decoded(value)] as const),
    ...entriesOf("stringData").map(([key, value]) => [key, encoded(value)] as const),
  ]);
}
