import { z } from "zod";
import { groupOf } from "../../manifests/built-in-kinds.ts";
import type { KubeObject, Source } from "../../manifests/kube-object.ts";
import type { JsonObject } from "../../release/release.ts";

/** Where a field of an object comes from, by its path; null: from no file. */
export type SourceOf = (path: readonly (string | number)[]) => Source | null;

/** An object that this stage will write, or a later one of the same release. */
export interface PlannedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As it will be written, where its content is new; null: only its name is asked about. */
  readonly object: KubeObject | null;
  /** Absent: from no file. */
  readonly sourceOf?: SourceOf;
}

/** Pods that this stage will have, or a later one of the same release. */
export interface PlannedPods {
  /** What people call them: `Deployment/shop-green`, `the Jobs of a stage`. */
  readonly title: string;
  /** How many there are at most at the same time. */
  readonly count: number;
  /** The Deployment that makes them, whose pods may be there already; null: none does. */
  readonly deployment: string | null;
  /** A pod template. */
  readonly template: JsonObject & { readonly spec: JsonObject };
  /**
   * The image stands for one that is not known yet: what a policy says of it does not count.
   * @default false
   */
  readonly isExample?: boolean;
  /** Of a path in the template. Absent: from no file. */
  readonly sourceOf?: SourceOf;
}

type Named = Pick<PlannedObject, "apiVersion" | "kind" | "name">;

/** What tells objects of a namespace apart, whatever version of the API they are written in. */
export const objectKey = ({ apiVersion, kind, name }: Named): string =>
  `${groupOf(apiVersion)}/${kind}/${name}`;

const inState = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
});

/**
 * Keys of the cluster's objects among the resources of a stack.
 *
 * @param outputs of its resources, whatever they are
 */
export const keysInState = (outputs: readonly unknown[]): ReadonlySet<string> =>
  new Set(
    outputs.flatMap((each) => {
      const { data } = inState.safeParse(each);
      return data ? [objectKey({ ...data, name: data.metadata.name })] : [];
    }),
  );

/** `Service/shop`, as kubectl has it. */
export const titleOf = ({ kind, name }: Pick<Named, "kind" | "name">): string => `${kind}/${name}`;

/** The place of a field of a planned object in the files. */
export const sourceIn = (
  { sourceOf }: { readonly sourceOf?: SourceOf },
  path: readonly (string | number)[],
): Source | null => sourceOf?.(path) ?? null;
