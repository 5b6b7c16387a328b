import { z } from "zod";

/** A pod as the cluster shows it, as far as the guard looks. */
export const pod = z.object({
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  status: z.object({
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    containerStatuses: z.array(z.object({ name: z.string(), restartCount: z.number() })).default([]),
  }),
});
export type Pod = z.infer<typeof pod>;

/** Whether it takes traffic. */
export function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True")
  );
}
