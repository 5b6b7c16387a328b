import { groupOf } from "../../manifests/built-in-kinds.ts";
import { titleOf } from "../../manifests/kube-object.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import { isMoving, type Colour, type Release, type Slot } from "../../release/release.ts";

/** A stage, and what its versions consist of. */
export interface MovedObjectsArgs {
  readonly release: Release;
  /** The colour that is prepared in it. */
  readonly colour: Colour | null;
  readonly of: (slot: Slot) => Pick<VersionObjects, "entrances" | "shared">;
}

/**
 * Why a version cannot follow another one in which the same object has another part: a Service or a
 * route that leads to the pods of one of them and not of the other. As a way in it is written with
 * the traffic and goes with it; as a shared object the release would write it in between, and the
 * engine would delete it at the end under one name while it has it under another.
 */
export function movedObjects({ release, colour, of }: MovedObjectsArgs): string[] {
  if (!isMoving(release) || colour !== release.to.colour) return [];
  const { from, to } = release;
  const [was, is] = [of(from), of(to)];
  return [
    ...movedBetween(was, is).map((title) => words(title, from.version, to.version)),
    ...movedBetween(is, was).map((title) => words(title, to.version, from.version)),
  ];
}

type Parts = Pick<VersionObjects, "entrances" | "shared">;

/** Ways in of one that are among the shared objects of the other. */
function movedBetween({ entrances }: Parts, { shared }: Parts): string[] {
  return entrances.objects.flatMap(({ kind, name }) => {
    const { group } = backendFor(kind === "Service" ? "service" : "gateway").object;
    const isSame = shared.some(
      (object) =>
        object.kind === kind && object.metadata.name === name && groupOf(object.apiVersion) === group,
    );
    return isSame ? [titleOf({ kind, metadata: { name } })] : [];
  });
}

const words = (title: string, leading: string, other: string): string =>
  `Cannot release this version as ${title} leads to the pods of ${leading} and not to those of ${other}: ` +
  `both serve in a release, and one object can be only one of the two. Give it another name in the files, and take the old one out with a later version.`;
