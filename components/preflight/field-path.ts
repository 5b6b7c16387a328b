import { valueAt } from "../../manifests/kube-object.ts";
import { isJsonObject, type Json } from "../../release/release.ts";

type Path = readonly (string | number)[];

/** A name, a place in a list, or keys that tell an item of a list from the others. */
const PART = /\.?([^.[\]]+)|\[(\d+)\]|\[((?:"(?:[^"\\]|\\.)*"|[^\]])*)\]/g;

/**
 * The path of a field as the API server writes it, in validation
 * (`spec.template.spec.containers[0].image`) and in server-side apply
 * (`.spec.template.spec.containers[name="app"].image`).
 *
 * @param object that it is about: which item of a list has those keys
 */
export function fieldPath(text: string, object: Json): Path {
  let path: Path = [];
  for (const [, name, place, keys] of text.matchAll(PART)) {
    if (name !== undefined) path = [...path, name];
    else if (place !== undefined) path = [...path, Number(place)];
    else path = [...path, itemOf(valueAt(object, path), keys ?? "")];
  }
  return path;
}

/** The place of the item with those keys; of what is no list, the key itself. */
function itemOf(list: Json | undefined, keys: string): string | number {
  const wanted = [...keys.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|[^,\]]+)/g)].map(
    ([, key = "", value = ""]) => [key, plain(value)] as const,
  );
  if (!Array.isArray(list)) return plain(keys);
  const items: readonly Json[] = list;
  const place = items.findIndex((item) =>
    wanted.length > 0
      ? isJsonObject(item) && wanted.every(([key, value]) => isSame(item[key], key, value))
      : String(item) === plain(keys.replace(/^=/, "")),
  );
  return place < 0 ? plain(keys) : place;
}

/** A port's protocol is TCP where it says none, and the API server fills that in. */
const isSame = (found: Json | undefined, key: string, value: string): boolean =>
  (found === undefined && key === "protocol" ? "TCP" : String(found)) === value;

const plain = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
