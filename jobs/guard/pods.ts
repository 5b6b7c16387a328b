import { z } from "zod";
import { Forbidden, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";
import { NoAnswer } from "../http/request.ts";
import type { SeenPod } from "./counter-deltas.ts";
import { readPodUsage, type PodUsage } from "./metrics-api.ts";
import { isReady, pod, type Pod } from "./pod.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";
import { sourceOf } from "./sources/sources.ts";

/** The pods of one colour as one look found them. */
export interface ColourSight {
  readonly seen: readonly SeenPod[];
  readonly alive: readonly string[];
  /** Pods that take traffic. */
  readonly ready: number;
  /** What could not be read, one line each. */
  readonly unread: readonly string[];
}

/** Reads the metrics of every pod of a colour. */
export async function lookAtPods(
  settings: GuardSettings,
  side: GuardSettings["active"],
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ColourSight> {
  const pods = await listPods(api, settings.namespace, selectorOf(side.labels), signal);
  const readings = await sourceOf(settings.metrics).read(pods, side.colour, signal);
  const usage = await usageOf(settings, side, api, signal);
  return {
    seen: readings.flatMap(({ seen }) => (seen ? [withUsage(seen, usage.byPod)] : [])),
    alive: pods.map(({ metadata }) => metadata.name),
    ready: pods.filter(isReady).length,
    unread: [...readings.flatMap(({ unread }) => unread ?? []), ...usage.unread],
  };
}

/** The rest of a list is asked for with the token that its part came with. */
const listed = listOf(pod).extend({ metadata: z.object({ continue: z.string().optional() }).optional() });

/** A pod is some 10 KB as the API server tells it, of which little is kept: some at a time. */
const PODS_AT_ONCE = 100;

async function listPods(
  api: ClusterApi,
  namespace: string,
  selector: string,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const pods: Pod[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({
      labelSelector: selector,
      limit: String(PODS_AT_ONCE),
      ...(next ? { continue: next } : {}),
    });
    const found = await api.get(listed, `/api/v1/namespaces/${namespace}/pods?${query.toString()}`, signal);
    pods.push(...(found?.items ?? []));
    next = found?.metadata?.continue;
  } while (next);
  return pods;
}

interface Usage {
  readonly byPod: ReadonlyMap<string, PodUsage>;
  readonly unread: readonly string[];
}

async function usageOf(
  { metrics, namespace, limits }: GuardSettings,
  { labels, colour }: GuardSettings["active"],
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Usage> {
  const isJudged = limits.cpu !== null || limits.memory !== null;
  if (metrics.usage === "process" || !isJudged) return { byPod: new Map(), unread: [] };
  const why = (reason: string) => ({ byPod: new Map(), unread: [`${colour}'s CPU and memory: ${reason}`] });
  try {
    const byPod = await readPodUsage(api, namespace, selectorOf(labels), signal);
    return byPod ? { byPod, unread: [] } : why("the cluster has no metrics API (metrics.k8s.io)");
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Forbidden) || signal.aborted) throw error;
    return why(error.message);
  }
}

function withUsage(seen: SeenPod, byPod: Usage["byPod"]): SeenPod {
  const usage = byPod.get(seen.name);
  return usage ? { ...seen, usage } : seen;
}

const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
