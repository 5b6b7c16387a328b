import { Agent } from "node:http";
import { APP_CONTAINER } from "../../../release/workload.ts";
import { MOMENT_SECONDS } from "../../../release/judge/soak-windows.ts";
import { NoAnswer, requestTwice } from "../../http/request.ts";
import { parseExposition } from "../exposition.ts";
import { isReady, type Pod } from "../pod.ts";
import { isWantedBy, NotCounted, sampleOf, type PodSample } from "../sample.ts";
import type { MetricPages } from "../../../protocol/jobs/metric-names.ts";
import { seenPod, type MetricSource, type Reading } from "./metric-source.ts";

/** A pod that does not answer must delay neither the others nor the next look. */
const LONGEST_READ_MILLISECONDS = 1_500;
/** Pages read at the same time, so that fifty pods do not take the memory of fifty pages. */
const READ_AT_ONCE = 4;

const agent = new Agent({ keepAlive: true, maxSockets: 2 });

/** Each pod's own metrics page. */
export function podPages(metrics: MetricPages): MetricSource {
  return {
    momentSeconds: MOMENT_SECONDS,
    read: async (pods, colour, signal) =>
      inTurns(pods.filter(hasAddress), (one) => readPod(metrics, colour, one, signal)),
  };
}

const hasAddress = ({ status }: Pod): boolean => status.podIP !== undefined;

async function readPod(
  metrics: MetricPages,
  colour: string,
  one: Pod,
  signal: AbortSignal,
): Promise<Reading> {
  const restarts = restartsOf(one, metrics);
  const host = one.status.podIP ?? "";
  const url = new URL(metrics.path, `http://${host.includes(":") ? `[${host}]` : host}:${metrics.port}`);
  try {
    return seenPod(one, restarts, await readPage(url, metrics, signal));
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof SyntaxError || error instanceof NotCounted))
      throw error;
    // A pod that is starting or ending may be silent.
    return isReady(one) ? { unread: `${colour} pod ${one.metadata.name}: ${error.message}` } : {};
  }
}

/**
 * Restarts of the container that counts: the one that says that it has the port, or else the
 * application's.
 */
function restartsOf({ spec, status }: Pod, { port, container = APP_CONTAINER }: MetricPages): number {
  const counting = [...spec.containers, ...spec.initContainers].find(({ ports }) =>
    ports.some(({ containerPort }) => containerPort === port),
  );
  const name = counting?.name ?? container;
  const statuses = [...status.containerStatuses, ...status.initContainerStatuses];
  return statuses.find((one) => one.name === name)?.restartCount ?? 0;
}

async function readPage(url: URL, metrics: MetricPages, signal: AbortSignal): Promise<PodSample> {
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
