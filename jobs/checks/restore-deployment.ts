import type { Replaced } from "../../protocol/jobs/ready-settings.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { deployment } from "../kubernetes/cluster-objects.ts";
import type { JobContext } from "../job.ts";

/**
 * Writes the Deployment as it was before the update: the pods that were replaced are replaced
 * again, one by one.
 */
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
