import { z } from "zod";
import { isOfManifests } from "../../protocol/labels.ts";
import { VERSION_VARIABLE } from "../../protocol/names.ts";
import type { Workload } from "../../release/workload.ts";

/** The pods of a workload, as the cluster counts them. */
export interface FoundPods {
  readonly workload: Workload;
  readonly version: string | null;
  readonly image: string | null;
  /** The wanted number. */
  readonly wanted: number;
  readonly ready: number;
  /** Absent where config describes them. */
  readonly isOfManifests?: true;
}

const container = z.looseObject({
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
});

export const deploymentShape = z.object({
  metadata: z.looseObject({ name: z.string(), generation: z.number().default(0) }),
  spec: z.looseObject({
    replicas: z.number().default(1),
    template: z.object({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
      spec: z.looseObject({ containers: z.array(container) }),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      availableReplicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
    })
    .prefault({}),
});

/**
 * @param images that config names for the colours
 */
export function foundPods(
  { metadata, spec, status }: z.infer<typeof deploymentShape>,
  workload: Workload,
  images: readonly string[],
): FoundPods {
  const { containers } = spec.template.spec;
  // A sidecar may be told its version too.
  const told = containers.filter((one) => versionIn(one) !== null);
  const app = told.find(({ image }) => images.includes(image)) ?? told[0] ?? containers[0];
  // Pods of an older template do not count, nor does a count from before the last change.
  const isSeen = status.observedGeneration >= metadata.generation;
  return {
    workload,
    version: app ? versionIn(app) : null,
    image: app?.image ?? null,
    wanted: spec.replicas,
    ready: isSeen ? Math.min(status.availableReplicas, status.updatedReplicas) : 0,
    ...(isOfManifests(spec.template.metadata.labels) ? { isOfManifests: true as const } : {}),
  };
}

/** The version that a container is told to be. */
const versionIn = ({ env }: z.infer<typeof container>): string | null =>
  env.find(({ name }) => name === VERSION_VARIABLE)?.value ?? null;
