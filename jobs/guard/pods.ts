import { Forbidden, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { NoAnswer } from "../http/request.ts";
import type { SeenPod } from "./counter-deltas.ts";
import { readPodUsage, type PodUsage } from "./metrics-api.ts";
import { listPods } from "./list-pods.ts";
import { isReady, type Pod } from "./pod.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";
import { selectorText } from "../../protocol/labels.ts";
import { APP_CONTAINER } from "../../release/workload.ts";
import { sourceOf } from "./sources/sources.ts";

/** The pods of one colour as one look found them. */
export interface ColourSight {
  readonly seen: readonly SeenPod[];
  readonly alive: readonly string[];
  /** Pods that take traffic. */
  readonly ready: number;
  /** What could not be read, one line each. */
  readonly unread: readonly string[];
  /** Restarts of all containers by `pod/container`, without those that have none. */
  readonly restarts: Readonly<Record<string, number>>;
}

/** Reads the metrics of every pod of a colour. */
export async function lookAtPods(
  settings: GuardSettings,
  side: GuardSettings["active"],
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ColourSight> {
  const pods = await listPods(api, settings.namespace, side.labels, signal);
  const metrics = { ...settings.metrics, ...side.pages };
  const readings = await sourceOf(metrics).read(pods, side.colour, signal);
  const usage = await usageOf({ ...settings, metrics }, side, api, signal);
  return {
    seen: readings.flatMap(({ seen }) => (seen ? [withUsage(seen, usage.byPod)] : [])),
    alive: pods.map(({ metadata }) => metadata.name),
    ready: pods.filter(isReady).length,
    unread: [...readings.flatMap(({ unread }) => unread ?? []), ...usage.unread],
    restarts: Object.fromEntries(pods.flatMap(restartsIn)),
  };
}

const restartsIn = ({ metadata, status }: Pod): (readonly [string, number])[] =>
  [...status.initContainerStatuses, ...status.containerStatuses]
    .filter(({ restartCount }) => restartCount > 0)
    .map(({ name, restartCount }) => [`${metadata.name}/${name}`, restartCount] as const);

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
    const { container = APP_CONTAINER } = metrics;
    const byPod = await readPodUsage(api, namespace, selectorText(labels), container, signal);
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
