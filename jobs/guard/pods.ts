import { Agent } from "node:http";
import { z } from "zod";
import { APP_CONTAINER } from "../../release/workload.ts";
import { Forbidden, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";
import { NoAnswer, requestTwice } from "../http/request.ts";
import type { SeenPod } from "./counter-deltas.ts";
import { readPodUsage, type PodUsage } from "./metrics-api.ts";
import { askPrometheus } from "./prometheus.ts";
import { parseExposition } from "./exposition.ts";
import { isWantedBy, NotCounted, sampleOf, type PodSample } from "./sample.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";

const pod = z.object({
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
type Pod = z.infer<typeof pod>;

/** The pods of one colour at one look. */
export interface ColourSight {
  readonly seen: readonly SeenPod[];
  readonly alive: readonly string[];
  /** Pods that take traffic. */
  readonly ready: number;
  /** What should have been read and was not, one line each. */
  readonly unread: readonly string[];
}

/** A pod that answers nothing must not hold up the look at the others, nor the next look. */
const LONGEST_READ_MILLISECONDS = 1_500;
/** Pages read at the same time, so that fifty pods do not need fifty pages of memory. */
const READ_AT_ONCE = 4;

const agent = new Agent({ keepAlive: true, maxSockets: 2 });

/** Reads the metrics of every pod of a colour. */
export async function lookAtPods(
  settings: GuardSettings,
  side: GuardSettings["active"],
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ColourSight> {
  const selector = encodeURIComponent(selectorOf(side.labels));
  const path = `/api/v1/namespaces/${settings.namespace}/pods?labelSelector=${selector}`;
  const pods = (await api.get(listOf(pod), path, signal))?.items ?? [];
  const readings = settings.metrics.prometheus
    ? await readFromPrometheus(settings, side.colour, pods, signal)
    : await inTurns(pods.filter(hasAddress), (one) => readPod(settings, side.colour, one, signal));
  const usage = await usageOf(settings, side, api, signal);
  return {
    seen: readings.flatMap(({ seen }) => (seen ? [withUsage(seen, usage.byPod)] : [])),
    alive: pods.map(({ metadata }) => metadata.name),
    ready: pods.filter(isReady).length,
    unread: [...readings.flatMap(({ unread }) => unread ?? []), ...usage.unread],
  };
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

const hasAddress = ({ status }: Pod): boolean => status.podIP !== undefined;

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");

/** Neither of the two: a pod that may be silent. */
interface Reading {
  readonly seen?: SeenPod;
  readonly unread?: string;
}

async function readPod(
  { metrics }: GuardSettings,
  colour: string,
  one: Pod,
  signal: AbortSignal,
): Promise<Reading> {
  const { name, creationTimestamp } = one.metadata;
  const application = one.status.containerStatuses.find((container) => container.name === APP_CONTAINER);
  const restarts = application?.restartCount ?? 0;
  const host = one.status.podIP ?? "";
  const url = new URL(metrics.path, `http://${host.includes(":") ? `[${host}]` : host}:${metrics.port}`);
  try {
    const sample = await readPage(url, metrics, signal);
    return { seen: { name, restarts, createdAt: Date.parse(creationTimestamp), sample } };
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof SyntaxError || error instanceof NotCounted))
      throw error;
    // A pod that begins or ends may well be silent.
    return isReady(one) ? { unread: `${colour} pod ${name}: ${error.message}` } : {};
  }
}

/** How old its values are only Prometheus knows: a process that began anew shows when a counter has fallen, and not before. */
async function readFromPrometheus(
  { metrics }: GuardSettings,
  colour: string,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<Reading[]> {
  const names = pods.map(({ metadata }) => metadata.name);
  let samples: Map<string, PodSample>;
  try {
    samples = await askPrometheus(metrics, names, signal);
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof NotCounted)) throw error;
    return [{ unread: `${colour}: ${error.message}` }];
  }
  return pods.map((one) => {
    const { name, creationTimestamp } = one.metadata;
    const sample = samples.get(name);
    if (sample) return { seen: { name, restarts: 0, createdAt: Date.parse(creationTimestamp), sample } };
    return isReady(one) ? { unread: `${colour} pod ${name}: Prometheus knows nothing of it` } : {};
  });
}

async function readPage(
  url: URL,
  metrics: GuardSettings["metrics"],
  signal: AbortSignal,
): Promise<PodSample> {
  const options = { agent, deadlineMilliseconds: LONGEST_READ_MILLISECONDS, signal };
  const { status, body } = await requestTwice(url, options);
  if (status !== 200) throw new NoAnswer(`HTTP${status}`, `${url.href}: answer ${status}`);
  return sampleOf(parseExposition(body, isWantedBy(metrics)), metrics);
}

/** A few at a time, in order. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const turns = Array.from({ length: Math.min(READ_AT_ONCE, items.length) }, async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  });
  await Promise.all(turns);
  return results;
}
