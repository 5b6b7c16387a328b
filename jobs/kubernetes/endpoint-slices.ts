import type { ClusterApi } from "./cluster-api.ts";
import { endpointSlice, listOf, type EndpointSlice } from "./cluster-objects.ts";

/** Where a Service leads; empty where there is no such Service. */
export async function endpointSlices(
  service: string,
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly EndpointSlice[]> {
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  return (await api.get(listOf(endpointSlice), path, signal))?.items ?? [];
}
