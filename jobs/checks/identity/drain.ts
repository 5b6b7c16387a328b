import { setTimeout as pause } from "node:timers/promises";
import type { Leaving } from "../../../protocol/jobs/probe-settings.ts";
import { configKey } from "../../../protocol/names.ts";
import { listPods } from "../../guard/list-pods.ts";
import { isOver, type Pod } from "../../guard/pod.ts";
import { podPages } from "../../guard/sources/pod-scrape.ts";
import { NoAnswer } from "../../http/request.ts";
import type { JobContext } from "../../job.ts";
import { Forbidden, type ClusterApi } from "../../kubernetes/cluster-api.ts";

/** Why nobody uses the pods any more. */
export interface Drained {
  readonly by: "no pods" | "counters" | "time";
  /** A sentence without its full stop. */
  readonly why: string;
  readonly milliseconds: number;
}

const LOOK_MILLISECONDS = 1_000;
/** Counters that have stood still for so long show that nobody is left. */
const STILL_MILLISECONDS = 10_000;

/** Times of the wait; tests wait for less. */
export interface Pace {
  readonly lookMilliseconds: number;
  readonly stillMilliseconds: number;
}

/**
 * Waits until nobody uses the pods that are about to go: connections that were open when the
 * traffic left them may go on being used, and no answer would show it. Either none of the pods
 * counts a request for a while, or they have had no new connection for as long as config says.
 */
export async function awaitDrained(
  leaving: Leaving,
  context: JobContext,
  api: ClusterApi,
  pace: Pace = { lookMilliseconds: LOOK_MILLISECONDS, stillMilliseconds: STILL_MILLISECONDS },
): Promise<Drained> {
  const start = performance.now();
  const drained = (by: Drained["by"], why: string): Drained => {
    const milliseconds = Math.round(performance.now() - start);
    context.log(why);
    return { by, why, milliseconds };
  };
  // A clock may be behind that of whoever wrote the time down.
  const idleMilliseconds = leaving.idleSince === null ? 0 : Math.max(0, Date.now() - leaving.idleSince);
  const counters = new Stillness();
  for (let told = false; ; told = true) {
    context.signal.throwIfAborted();
    const pods = await podsOf(leaving, context, api);
    if (pods?.length === 0) return drained("no pods", "There are no pods to be parked");
    const seconds = (idleMilliseconds + performance.now() - start) / 1_000;
    if (seconds >= leaving.seconds)
      return drained(
        "time",
        `The pods that are parked now have had no new connection for ${Math.floor(seconds)} s (${configKey("app.drainSeconds")}: ${leaving.seconds})`,
      );
    counters.note(pods && leaving.metrics && (await countedBy(pods, leaving.metrics, context.signal)));
    if (counters.milliseconds >= pace.stillMilliseconds)
      return drained(
        "counters",
        `The pods that are parked now have counted no request for ${Math.floor(counters.milliseconds / 1_000)} s`,
      );
    if (!told)
      context.log(
        `waiting until the pods that are parked now count no request, or have had no new connection for ${leaving.seconds} s`,
      );
    await pause(pace.lookMilliseconds, undefined, { signal: context.signal });
  }
}

/** Null while the API server does not answer: then time alone counts. */
async function podsOf(
  { namespace, pods }: Leaving,
  { signal, log }: JobContext,
  api: ClusterApi,
): Promise<readonly Pod[] | null> {
  try {
    const lists = await Promise.all(pods.map((labels) => listPods(api, namespace, labels, signal)));
    return lists.flat().filter((pod) => !isOver(pod));
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Forbidden)) throw error;
    log(error.message);
    return null;
  }
}

/** Requests counted by each pod; null where one of them does not say. */
async function countedBy(
  pods: readonly Pod[],
  metrics: NonNullable<Leaving["metrics"]>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number> | null> {
  const readings = await podPages(metrics).read(pods, "", signal);
  const counted = new Map(readings.flatMap(({ seen }) => (seen ? [[seen.name, seen.sample.requests]] : [])));
  return pods.every(({ metadata }) => counted.has(metadata.name)) ? counted : null;
}

/** For how long no counter has changed. */
class Stillness {
  #counted: ReadonlyMap<string, number> | null = null;
  #since = 0;

  note(counted: ReadonlyMap<string, number> | null): void {
    const isSame =
      counted !== null && [...counted].every(([pod, requests]) => this.#counted?.get(pod) === requests);
    if (!isSame) this.#since = performance.now();
    this.#counted = counted;
  }

  get milliseconds(): number {
    return this.#counted === null ? 0 : performance.now() - this.#since;
  }
}
