import type { ClusterApi } from "./cluster-api.ts";
import { type Event, event, listOf } from "./cluster-objects.ts";

/** What the kubelets have reported about pods that could not start. */
export async function podFailures(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly Event[]> {
  const selector = encodeURIComponent("reason=Failed,involvedObject.kind=Pod");
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`;
  return (await api.get(listOf(event), path, signal))?.items ?? [];
}
