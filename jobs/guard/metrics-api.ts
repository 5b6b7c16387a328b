import { z } from "zod";
import { quantity } from "../../protocol/kubernetes/quantity.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";

const podMetrics = z.object({
  metadata: z.object({ name: z.string() }),
  containers: z.array(z.object({ usage: z.object({ cpu: z.string(), memory: z.string() }) })),
});

/** What a pod uses, by the cluster's metrics API. */
export interface PodUsage {
  readonly cores: number;
  readonly bytes: number;
}

/**
 * Reads what pods use, by name.
 *
 * @param selector a label selector
 * @returns undefined where the cluster has no metrics API
 */
export async function readPodUsage(
  api: ClusterApi,
  namespace: string,
  selector: string,
  signal: AbortSignal,
): Promise<Map<string, PodUsage> | undefined> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  const found = await api.get(listOf(podMetrics), path, signal);
  return (
    found &&
    new Map(
      found.items.map(({ metadata, containers }) => [
        metadata.name,
        {
          cores: containers.reduce((sum, { usage }) => sum + quantity(usage.cpu), 0),
          bytes: containers.reduce((sum, { usage }) => sum + quantity(usage.memory), 0),
        },
      ]),
    )
  );
}
