import { z } from "zod";

const container = z.object({
  name: z.string(),
  ports: z.array(z.object({ containerPort: z.number() })).default([]),
});

const containerStatus = z.object({ name: z.string(), restartCount: z.number() });

/** The parts of a pod that the guard reads. */
export const pod = z.object({
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z
    .object({ containers: z.array(container).default([]), initContainers: z.array(container).default([]) })
    .default({ containers: [], initContainers: [] }),
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
    containerStatuses: z.array(containerStatus).default([]),
  }),
});
export type Pod = z.infer<typeof pod>;

/** Whether it has ended, and serves nobody any more. */
export const isOver = ({ status }: Pod): boolean => status.phase === "Succeeded" || status.phase === "Failed";

/** Whether it takes traffic. */
export function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True")
  );
}
