import { z } from "zod";
import { selectorText } from "../../protocol/labels.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";
import { pod, type Pod } from "./pod.ts";

/** The rest of a list is asked for with the token that its part came with. */
const listed = listOf(pod).extend({ metadata: z.object({ continue: z.string().optional() }).optional() });

/** A pod is some 10 KB as the API server tells it, of which little is kept: some at a time. */
const PODS_AT_ONCE = 100;

/** All pods with these labels, however many. */
export async function listPods(
  api: ClusterApi,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const pods: Pod[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({
      labelSelector: selectorText(labels),
      limit: String(PODS_AT_ONCE),
      ...(next ? { continue: next } : {}),
    });
    const found = await api.get(listed, `/api/v1/namespaces/${namespace}/pods?${query.toString()}`, signal);
    pods.push(...(found?.items ?? []));
    next = found?.metadata?.continue;
  } while (next);
  return pods;
}
