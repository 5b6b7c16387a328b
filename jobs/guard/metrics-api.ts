import { z } from "zod";
import { quantity } from "../../protocol/kubernetes/quantity.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";

const podMetrics = z.object({
  metadata: z.object({ name: z.string() }),
  containers: z.array(
    z.object({ name: z.string(), usage: z.object({ cpu: z.string(), memory: z.string() }) }),
  ),
});

/** What a pod's application uses, by the cluster's metrics API. */
export interface PodUsage {
  readonly cores: number;
  readonly bytes: number;
}

/**
 * Reads what the application's container of each pod uses, by the pod's name: what runs beside it
 * is not the version's. A pod in which the metrics API does not know it is counted as a whole.
 *
 * @param selector a label selector
 * @param application name of the container
 * @returns undefined where the cluster has no metrics API
 */
export async function readPodUsage(
  api: ClusterApi,
  namespace: string,
  selector: string,
  application: string,
  signal: AbortSignal,
): Promise<Map<string, PodUsage> | undefined> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  const found = await api.get(listOf(podMetrics), path, signal);
  return (
    found &&
    new Map(
      found.items.map(({ metadata, containers }) => {
        const own = containers.filter(({ name }) => name === application);
        const counted = own.length > 0 ? own : containers;
        return [
          metadata.name,
          {
            cores: counted.reduce((sum, { usage }) => sum + quantity(usage.cpu), 0),
            bytes: counted.reduce((sum, { usage }) => sum + quantity(usage.memory), 0),
          },
        ];
      }),
    )
  );
}
