import { configKey } from "../../protocol/names.ts";
import { titleOf, type Finding, type ManifestObject } from "../kube-object.ts";
import type { Path } from "../pod-references.ts";

/** A part of what was sorted, and what is told of it. */
export interface Sorted<T> {
  readonly value: T;
  readonly refusals: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** A part of which nothing is told, or something. */
export const sorted = <T>(
  value: T,
  told: Partial<Pick<Sorted<T>, "refusals" | "notes">> = {},
): Sorted<T> => ({
  value,
  refusals: [],
  notes: [],
  ...told,
});

/** A finding about an object or a field of it; its text begins with the object's title. */
export const told = (one: ManifestObject, path: Path, text: string, advice = ""): Finding => ({
  source: one.sourceOf(path),
  text: `${titleOf(one.object)} ${text}`,
  advice,
});

/** A line of config as people write it: `zero-downtime:ignore: [Job/seed]`. */
export const listed = (key: "ignore" | "shared" | "unversioned", ...names: readonly string[]): string =>
  `${configKey(key)}: [${names.join(", ")}]`;

/** `Deployment/a, Deployment/b and Deployment/c`. */
export const inWords = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
