// The words in which claims about the judge are written: colours, and what was measured of them.
import type {
  ColourEvidence,
  Evidence,
  Histogram,
  Moment,
  PodEvidence,
} from "../../../release/judge/evidence.ts";
import { quantile } from "../../../release/judge/histogram.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../release/judge/limits.ts";

const MIB = 1024 * 1024;

/** Bounds as most libraries have them by default. */
export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A histogram of these durations, in seconds. */
export const histogramOf = (durations: readonly number[], bounds: readonly number[] = BOUNDS): Histogram => ({
  bounds,
  atMost: bounds.map((bound) => durations.filter((duration) => duration <= bound).length),
  count: durations.length,
});

/**
 * Requests spread evenly over the durations of a service that answers in 20 ms in the
 * middle, times `factor`.
 */
export function steadyDurations(count: number, factor = 1): Histogram {
  const shares = [0.01, 0.08, 0.65, 0.93, 0.99, 0.999, 1, 1, 1, 1, 1];
  const shareAtMost = (seconds: number): number => {
    const above = BOUNDS.findIndex((bound) => bound >= seconds);
    if (above < 0) return 1;
    const [from, to] = [BOUNDS[above - 1] ?? 0, BOUNDS[above] ?? 0];
    const [low, high] = [shares[above - 1] ?? 0, shares[above] ?? 1];
    return low + ((high - low) * (seconds - from)) / (to - from);
  };
  return {
    bounds: BOUNDS,
    atMost: BOUNDS.map((bound) => Math.round(count * shareAtMost(bound / factor))),
    count,
  };
}

/** A pod seen every five seconds; `cores` and `bytes` by the second. */
export function pod(
  name: string,
  seconds: number,
  use: { cores?: (at: number) => number; mebibytes?: (at: number) => number } = {},
): PodEvidence {
  const { cores = () => 0.2, mebibytes = () => 100 } = use;
  const times = Array.from({ length: Math.floor(seconds / 5) + 1 }, (_, index) => index * 5);
  return {
    name,
    samples: times.map((at) => ({ at, cores: cores(at), bytes: mebibytes(at) * MIB })),
  };
}

export const colour = (
  count: number,
  failures: number,
  parts: Partial<ColourEvidence> = {},
): ColourEvidence => ({
  requests: { count, failures },
  durations: steadyDurations(count),
  pods: [],
  ...parts,
});

/** Both colours at the same moment. */
export const beside = (
  weight: number,
  baseline: ColourEvidence,
  candidate: ColourEvidence,
  seconds = 300,
): Evidence => ({
  seconds,
  weight,
  baseline: { kind: "concurrent", colour: baseline },
  candidate,
  moments: [],
  unread: [],
});

const MOMENT_SECONDS = 6;

/** Moments of a soak, each as slow as `factor` says by the seconds at which it ends. */
export const momentsOf = (seconds: number, factor: (at: number) => number): Moment[] =>
  momentsAs(seconds, (at) => steadyDurations(5000, factor(at)));

function momentsAs(seconds: number, durationsOf: (at: number) => Histogram): Moment[] {
  return Array.from({ length: Math.floor(seconds / MOMENT_SECONDS) }, (_, number) => {
    const at = (number + 1) * MOMENT_SECONDS;
    const told = [0.5, 0.95].map((share) => [share, quantile(durationsOf(at), share) ?? BOUNDS.at(-1)]);
    return { at, quantiles: Object.fromEntries(told) as Moment["quantiles"] };
  });
}

/**
 * In `switch`, with the record of the last shared rung; every moment is as all of the soak is,
 * unless said otherwise.
 */
export const after = (
  record: ColourEvidence,
  candidate: ColourEvidence,
  seconds = 300,
  moments: readonly Moment[] = momentsAs(seconds, () => candidate.durations ?? steadyDurations(0)),
): Evidence => ({
  seconds,
  weight: 100,
  baseline: { kind: "recorded", seconds: 300, colour: record },
  candidate,
  moments,
  unread: [],
});

/** Only failures are judged. */
export const FAILURES_ONLY: Limits = { ...DEFAULT_LIMITS, durations: null, cpu: null, memory: null };

/** Failures and durations are judged, pods are not. */
export const REQUESTS_ONLY: Limits = { ...DEFAULT_LIMITS, cpu: null, memory: null };
