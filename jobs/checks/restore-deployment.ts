import { z } from "zod";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { deployment } from "../kubernetes/cluster-objects.ts";
import type { JobContext } from "../job.ts";

/** The version that a rolling update replaces. */
export const replaced = z.object({
  version: z.string().min(1),
  image: z.string().min(1),
  /** Field manager of the program, which wrote the Deployment: what it puts back stays its own to write. */
  manager: z.string().min(1),
  /** The Deployment as it was; null: a failed update is left as it is. */
  putBack: z.looseObject({}).nullable(),
});
export type Replaced = z.infer<typeof replaced>;

/** Writes the Deployment as it was before the update: the pods replaced so far are replaced back, one by one. */
export async function putBack(
  asked: { readonly namespace: string; readonly deployment: string },
  { version, manager, putBack: before }: Replaced,
  { log, signal }: JobContext,
  api: ClusterApi,
): Promise<void> {
  log(`putting ${asked.deployment} back to ${version}`);
  const path = `/apis/apps/v1/namespaces/${asked.namespace}/deployments/${asked.deployment}`;
  const object = { ...before, apiVersion: "apps/v1", kind: "Deployment" };
  await api.apply(deployment, path, object, manager, signal);
}
