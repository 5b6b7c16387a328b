import type {
  ColourEvidence,
  Histogram,
  PodEvidence,
  PodSample as PodUse,
  RequestCounts,
} from "../../release/judge/evidence.ts";
import type { DatabaseLook } from "./session-metrics.ts";
import type { PodUsage } from "./metrics-api.ts";
import type { PodSample } from "./sample.ts";

/** A pod as one look found it. */
export interface SeenPod {
  readonly name: string;
  /** Restarts of its container; each resets the counters. */
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly sample: PodSample;
  /**
   * What the pod uses as the cluster measures it; left out where its own process metrics are read.
   */
  readonly usage?: PodUsage;
}

/** What was counted for a colour, and where each pod's counters stood then. Plain JSON. */
export interface Tally {
  readonly colour: ColourEvidence;
  readonly pods: Readonly<Record<string, PodMark>>;
}

interface PodMark {
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sample: PodSample;
}

/** One look at a colour. */
export interface Look {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * When the watched stage began, in milliseconds since the epoch: all that a younger pod has
   * counted belongs to it.
   */
  readonly begunAt: number;
  /** Seconds of the stage that are over. */
  readonly seconds: number;
  /**
   * False while the stage's traffic is not in force: counters are noted, and nothing is counted.
   */
  readonly isInForce: boolean;
  readonly pods: readonly SeenPod[];
  /** Names of all existing pods, including those that could not be read. */
  readonly alive: readonly string[];
}

export const NOTHING_COUNTED: Tally = { colour: { requests: null, durations: null, pods: [] }, pods: {} };

/** CPU and memory are noted this often, and thinned where they become too many. */
const USE_EVERY_SECONDS = 5;
const MOST_USES = 36;

/**
 * Adds to the tally what has happened since the previous look. Counters are cumulative, so looks
 * may be missed: nothing is lost, and nothing counted twice, as long as the tally is stored
 * together with the marks.
 */
export function count(tally: Tally, look: Look): Tally {
  let { requests, durations } = tally.colour;
  const uses = new Map(tally.colour.pods.map((pod) => [pod.name, pod]));
  const marks: Record<string, PodMark> = {};
  for (const name of look.alive) {
    const mark = tally.pods[name];
    if (mark) marks[name] = mark;
  }
  for (const pod of look.pods) {
    const before = tally.pods[pod.name];
    const from = startingPoint(pod, before, look);
    if (look.isInForce) {
      requests = addRequests(requests, pod.sample, from);
      durations = addDurations(durations, pod.sample, from);
      const known = uses.get(pod.name) ?? { name: pod.name, samples: [] };
      uses.set(pod.name, addUse(known, pod, before, look));
    }
    marks[pod.name] = { restarts: pod.restarts, at: look.at, sample: pod.sample };
  }
  const alive = new Set(look.alive);
  const pods = [...uses.values()].filter((pod) => alive.has(pod.name) || isOfLate(pod, look));
  return { colour: { ...tally.colour, requests, durations, pods }, pods: marks };
}

/**
 * Adds one sample of the colour's sessions and statements. Rows on which old and new form disagree
 * are not looked for here.
 */
export function countDatabase(tally: Tally, now: DatabaseLook): Tally {
  const sum = tally.colour.database ?? {
    sessions: 0,
    lockWaits: 0,
    statements: 0,
    slowStatements: 0,
    mismatches: null,
  };
  const database = {
    sessions: sum.sessions + now.sessions,
    lockWaits: sum.lockWaits + now.lockWaits,
    statements: sum.statements + now.statements,
    slowStatements: sum.slowStatements + now.slowStatements,
    mismatches: sum.mismatches,
  };
  return { ...tally, colour: { ...tally.colour, database } };
}

const NOTHING_YET: PodSample = {
  requests: 0,
  failures: 0,
  durations: null,
  cpuSeconds: null,
  memoryBytes: null,
};

/**
 * Where a pod's counters stood when counting began: at zero for a new process, at their present
 * value for an older pod.
 */
function startingPoint(pod: SeenPod, before: PodMark | undefined, look: Look): PodSample {
  if (!before) return pod.createdAt >= look.begunAt ? NOTHING_YET : pod.sample;
  const { sample } = before;
  const isNewProcess = before.restarts !== pod.restarts;
  const hasFallen = pod.sample.requests < sample.requests || pod.sample.failures < sample.failures;
  return isNewProcess || hasFallen ? NOTHING_YET : sample;
}

function addRequests(sum: RequestCounts | null, now: PodSample, from: PodSample): RequestCounts {
  return {
    count: (sum?.count ?? 0) + now.requests - from.requests,
    failures: (sum?.failures ?? 0) + now.failures - from.failures,
  };
}

function addDurations(
  sum: Histogram | null,
  { durations: now }: PodSample,
  from: PodSample,
): Histogram | null {
  if (now === null) return sum;
  const at = (histogram: Histogram | null, bound: number): number =>
    histogram?.atMost[histogram.bounds.indexOf(bound)] ?? 0;
  // Pods with different buckets can only be added up at the bounds that they share.
  const bounds = sum ? sum.bounds.filter((bound) => now.bounds.includes(bound)) : now.bounds;
  return {
    bounds,
    atMost: bounds.map((bound) => at(sum, bound) + at(now, bound) - at(from.durations, bound)),
    count: (sum?.count ?? 0) + now.count - (from.durations?.count ?? 0),
  };
}

function addUse(known: PodEvidence, pod: SeenPod, before: PodMark | undefined, look: Look): PodEvidence {
  const last = known.samples.at(-1);
  const isDue = last === undefined || look.seconds - last.at >= USE_EVERY_SECONDS;
  const bytes = pod.usage?.bytes ?? pod.sample.memoryBytes;
  if (!isDue || (bytes === null && pod.sample.cpuSeconds === null)) return known;
  const cores = pod.usage ? rounded(pod.usage.cores, 10_000) : coresOf(pod, before, look);
  const use: PodUse = { at: rounded(look.seconds, 10), cores, bytes };
  return { name: pod.name, samples: thinned([...known.samples, use]) };
}

/**
 * Kept evenly spread over time, as each third is judged: the sample whose neighbours are closest to
 * each other is dropped.
 */
function thinned(samples: readonly PodUse[]): readonly PodUse[] {
  if (samples.length <= MOST_USES) return samples;
  const gaps = samples.slice(2).map(({ at }, before) => at - (samples[before]?.at ?? 0));
  const closest = 1 + gaps.indexOf(Math.min(...gaps));
  return samples.filter((_, index) => index !== closest);
}

/** Nothing reads the usage of a pod that is gone and was not seen in the last third of the time. */
const isOfLate = ({ samples }: PodEvidence, { seconds }: Look): boolean =>
  (samples.at(-1)?.at ?? 0) >= (seconds * 2) / 3;

function coresOf(pod: SeenPod, before: PodMark | undefined, look: Look): number | null {
  const then = before?.restarts === pod.restarts ? before.sample.cpuSeconds : null;
  const now = pod.sample.cpuSeconds;
  const seconds = before ? (look.at - before.at) / 1000 : 0;
  if (now === null || then === null || now < then || seconds <= 0) return null;
  return rounded((now - then) / seconds, 10_000);
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;
