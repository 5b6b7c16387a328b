import { changesBetween, type ObjectChanges } from "../../manifests/compare/changes-between.ts";
import { titleOf } from "../../manifests/kube-object.ts";
import type { Addition, VersionObjects } from "../../manifests/version-objects.ts";
import type { Slot } from "../../release/release.ts";

/** What a stage does with the application's manifests, in plain words. */
export interface VersionWords {
  /** What is prepared from them, or in what they differ from what stays as it is. */
  readonly title: string;
  /** In what the version differs from the one that serves. */
  readonly changes: readonly ObjectChanges[];
  /** The same of objects that both versions share, and see change. */
  readonly shared: readonly ObjectChanges[];
  /** What the pods and objects have beside what is written. */
  readonly added: readonly Addition[];
  /** What people should know, a line each. */
  readonly notes: readonly string[];
}

/** A version that is prepared, and what it is compared with. */
export interface PreparedWords {
  /** The path in config. */
  readonly manifests: string;
  /** Name of the Deployment. */
  readonly app: string;
  readonly slot: Slot;
  readonly objects: VersionObjects;
  readonly added: readonly Addition[];
  readonly notes: readonly string[];
  /** What serves, or why it is compared with nothing. */
  readonly serving: { readonly version: string; readonly objects: VersionObjects } | { readonly why: string };
}

/** Pure: what a version that is prepared consists of, against what serves. */
export function preparedWords(prepared: PreparedWords): VersionWords {
  const { manifests, app, slot, objects, added, notes, serving } = prepared;
  const title = `${slot.version} is prepared from ${manifests} for ${slot.colour}`;
  if ("why" in serving) return { title: `${title}; ${serving.why}`, changes: [], shared: [], added, notes };
  const all = changesBetween(serving.objects, objects, app);
  const ofBoth = new Set([...serving.objects.shared, ...objects.shared].map(titleOf));
  const changes = all.filter((one) => !ofBoth.has(one.title));
  const against =
    all.length === 0
      ? `as ${serving.version} was`
      : `against ${serving.version}, which serves, it has ${counted(all)}`;
  return {
    title: `${title}; ${against}`,
    changes,
    shared: all.filter((one) => ofBoth.has(one.title)),
    added,
    notes,
  };
}

/** What is not prepared anew is only compared. */
export const driftWords = (sentence: string): VersionWords => ({
  title: sentence,
  changes: [],
  shared: [],
  added: [],
  notes: [],
});

function counted(all: readonly ObjectChanges[]): string {
  const count = all.reduce((sum, { changes }) => sum + changes.length, 0);
  return `${count} ${count === 1 ? "change" : "changes"}`;
}

/** The words as lines, each part under its title. */
export function versionLines({ title, changes, shared, added, notes }: VersionWords): string[] {
  const ofObject = ({ title: object, changes: each }: ObjectChanges) => [
    object,
    ...each.map((change) => `  ${change}`),
  ];
  return [
    title,
    ...changes.flatMap(ofObject),
    ...(shared.length > 0 ? ["both versions see a change of"] : []),
    ...shared.flatMap(ofObject).map((line) => `  ${line}`),
    ...(added.length > 0 ? ["added for the release"] : []),
    ...added.map(({ what, why }) => `  ${what} (${why})`),
    ...notes,
  ];
}
