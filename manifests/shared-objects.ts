import { PHASES } from "../release/phases.ts";
import { isMoving, type Release } from "../release/release.ts";
import { groupOf } from "./built-in-kinds.ts";
import type { KubeObject } from "./kube-object.ts";

/** The shared objects of the version that a release comes from, and of the one it goes to. */
export interface SharedOf {
  readonly from: readonly KubeObject[];
  /** Empty in `stable`. */
  readonly to: readonly KubeObject[];
}

/**
 * The shared objects of a stage: the old version's, until there are pods of the new one; from then
 * on the new version's, and beside them what only the old one has, until the release is back in
 * `stable`. So giving a release up writes the old ones again.
 */
export function sharedIn(release: Release, { from, to }: SharedOf): readonly KubeObject[] {
  if (!isMoving(release) || PHASES[release.phase].newPods === "none") return from;
  const named = new Set(to.map(sharedKey));
  return [...to, ...from.filter((object) => !named.has(sharedKey(object)))];
}

/**
 * What tells shared objects apart: kinds of two groups may have one name, and so may objects of two
 * namespaces. In which version of its API it is written makes it no other object.
 */
export const sharedKey = ({ apiVersion, kind, metadata }: KubeObject): string =>
  `${groupOf(apiVersion)}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
