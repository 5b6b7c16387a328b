import { z } from "zod";

// Only the fields that `ready` reads; everything else in an object is dropped.

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const terminated = z.object({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  finishedAt: z.string().nullish(),
});

const containerStatus = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.number(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
      running: z.object({}).optional(),
      terminated: terminated.optional(),
    })
    .default({}),
  lastState: z.object({ terminated: terminated.optional() }).default({}),
});

const container = z.object({
  name: z.string(),
  image: z.string(),
  env: z
    .array(z.object({ name: z.string(), value: z.string().optional() }))
    .nullish()
    .transform((env) => env ?? []),
});

/** Of a pod, or of what one is made from. */
const podMetadata = z.object({ annotations: z.record(z.string(), z.string()).nullish() });

/** One that is always restarted is a sidecar: it runs beside the containers, and must be ready. */
const initContainer = container.extend({ restartPolicy: z.string().optional() });

export const deployment = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    replicas: z.number().default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: podMetadata.nullish(),
      spec: z.object({ containers: z.array(container) }),
    }),
  }),
  status: z.object({
    observedGeneration: z.number().default(0),
    /** Pods of whichever template, and those of the newest. */
    replicas: z.number().default(0),
    updatedReplicas: z.number().default(0),
    /** Ready for at least the Deployment's minReadySeconds. */
    availableReplicas: z.number().default(0),
    conditions: z.array(condition).default([]),
  }),
});
export type Deployment = z.infer<typeof deployment>;

export const pod = z.object({
  metadata: podMetadata.extend({
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    containers: z.array(container),
    initContainers: z.array(initContainer).default([]),
    nodeName: z.string().optional(),
  }),
  status: z.object({
    phase: z.string().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    conditions: z.array(condition).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
    containerStatuses: z.array(containerStatus).default([]),
  }),
});
export type Pod = z.infer<typeof pod>;
export type ContainerStatus = z.infer<typeof containerStatus>;

export const endpointSlice = z.object({
  addressType: z.string(),
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        conditions: z
          .object({ ready: z.boolean().nullish(), terminating: z.boolean().nullish() })
          .default({}),
        /** The pod, where it is one's address. */
        targetRef: z.object({ kind: z.string().optional(), name: z.string().optional() }).nullish(),
      }),
    )
    .nullish()
    .transform((endpoints) => endpoints ?? []),
});
export type EndpointSlice = z.infer<typeof endpointSlice>;

export const event = z.object({
  reason: z.string().nullish(),
  message: z.string().nullish(),
  count: z.number().nullish(),
  series: z.object({ count: z.number() }).nullish(),
  involvedObject: z.object({ name: z.string().optional(), uid: z.string().optional() }),
});
export type Event = z.infer<typeof event>;

/** A list of such objects. */
export function listOf<Shape>(item: z.ZodType<Shape>) {
  return z.object({
    items: z
      .array(item)
      .nullish()
      .transform((items) => items ?? []),
  });
}
