import { valueAt, type KubeObject, type ManifestObject } from "../../manifests/kube-object.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { isJsonObject, type Json } from "../../release/release.ts";
import { WORKLOADS } from "../../release/workload.ts";
import type { SourceOf } from "./planned.ts";

type Path = readonly (string | number)[];

/**
 * Finds fields of an object that was prepared for the release in the file that it was made from.
 * What was put into a list has moved the other items: they are found by their names.
 *
 * @param files all objects that were read
 * @returns undefined where it was made from none of them
 */
export function fileSource(files: readonly ManifestObject[], written: KubeObject): SourceOf | undefined {
  const manifest = originOf(files, written);
  return manifest && ((path) => manifest.sourceOf(pathInFile(path, written, manifest.object)));
}

/**
 * The object in the files: of the same kind, and of the same name or of one to which a workload or
 * a version was added.
 */
function originOf(
  files: readonly ManifestObject[],
  { kind, metadata: { name } }: KubeObject,
): ManifestObject | undefined {
  return files
    .filter(({ object }) => object.kind === kind)
    .filter(({ object: { metadata } }) => isMadeFrom(metadata.name, name))
    .toSorted((one, other) => other.object.metadata.name.length - one.object.metadata.name.length)[0];
}

const isMadeFrom = (inFile: string, name: string): boolean =>
  name === inFile ||
  name.startsWith(`${inFile}-`) ||
  WORKLOADS.some((workload) => workloadService(inFile, workload) === name);

function pathInFile(path: Path, written: Json, file: Json): Path {
  let found: Path = [];
  for (const [at, part] of path.entries()) {
    const list = valueAt(file, found);
    const place =
      typeof part === "number" ? placeOf(valueAt(written, path.slice(0, at + 1)), list, part) : part;
    // What is not in the file was added; the field around it is as near as one gets.
    if (place === undefined) return found;
    found = [...found, place];
  }
  return found;
}

function placeOf(item: Json | undefined, list: Json | undefined, part: number): number | undefined {
  const name = isJsonObject(item) ? item["name"] : undefined;
  if (name === undefined || !Array.isArray(list)) return part;
  const items: readonly Json[] = list;
  const place = items.findIndex((each) => isJsonObject(each) && each["name"] === name);
  return place < 0 ? undefined : place;
}
