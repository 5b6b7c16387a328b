import { changesBetween } from "./compare/changes-between.ts";
import { withDigests, type ImageDigests } from "./prepare/other-images.ts";
import type { VersionFromFiles } from "./version-from-files.ts";
import type { VersionObjects } from "./version-objects.ts";

/**
 * In what the files differ from the objects that a version was prepared from, in one sentence; null
 * where they do not. They are only compared: what serves stays as it is.
 *
 * @param config where they are, and the Deployment's name
 * @param version that was prepared from them
 * @param prepared its objects, and the digests that they name where the files had a tag; where the
 *   files have the same tag now, the same image is meant
 * @param when the difference goes out
 */
export function driftOf(
  { manifests, app }: { readonly manifests: string; readonly app: { readonly name: string } },
  version: string,
  prepared: { readonly objects: VersionObjects; readonly images?: ImageDigests },
  { objects, problems }: VersionFromFiles,
  when: "with the next version" | "with the next up of this stage" = "with the next version",
): string | null {
  if (!objects)
    return (
      `${manifests} cannot be released as it is (${counted(problems.length, "problem")}); ${version} stays as it is. ` +
      `The first: ${problems[0] ?? "none"}`
    );
  const changes = changesBetween(prepared.objects, withDigests(objects, prepared.images ?? {}), app.name);
  if (changes.length === 0) return null;
  const count = changes.reduce((sum, { changes: some }) => sum + Math.max(1, some.length), 0);
  return (
    `${manifests} differs from what serves (${version}): ${counted(count, "change")} ` +
    `(${changes.map(({ title }) => title).join(", ")}). They go out ${when}.`
  );
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
