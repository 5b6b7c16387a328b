import type { ColourEvidence, Evidence, PodEvidence, PodSample } from "./evidence.ts";
import { unmeasuredMetric, type Finding } from "./judgement.ts";
import type { PodLimits } from "./limits.ts";
import { cores, mebibytes, ratio, seconds } from "./format.ts";

/** A pod is judged only with this many recent samples. */
const LEAST_SAMPLES = 6;

/** Memory that would exceed the limit within this time holds the rung. */
const HORIZON_SECONDS = 1800;

/** What a pod uses. */
interface Resource {
  readonly metric: "cpu" | "memory";
  readonly of: (sample: PodSample) => number | null;
  readonly worded: (amount: number) => string;
  readonly needed: string;
}

const CPU: Resource = {
  metric: "cpu",
  of: ({ cores }) => cores,
  worded: cores,
  needed: "CPU",
};
const MEMORY: Resource = {
  metric: "memory",
  of: ({ bytes }) => bytes,
  worded: mebibytes,
  needed: "memory",
};

/**
 * CPU by pod: the lower quartile of what the most demanding pod of the candidate used recently,
 * against the median of the most demanding pod of the baseline. If the candidate's pods each get
 * more traffic, they may use proportionally more.
 */
export const judgeCpu = (evidence: Evidence, limits: PodLimits): Finding | null =>
  judge(evidence, limits, CPU, loadRatio(evidence));

/**
 * Memory by pod, compared in the same way; a pod whose memory grows steadily and would soon exceed
 * the limit holds the rung.
 */
export const judgeMemory = (evidence: Evidence, limits: PodLimits): Finding | null =>
  judge(evidence, limits, MEMORY, 1);

function judge(evidence: Evidence, limits: PodLimits, resource: Resource, load: number): Finding | null {
  const { baseline } = evidence;
  const span = baseline.kind === "recorded" ? baseline.seconds : evidence.seconds;
  const own = used(evidence.candidate.pods, evidence.seconds, resource, lowerQuartile);
  if (baseline.kind === "none" && limits.absolute === null) return null;
  if (own === null) return unmeasured(resource, `${resource.needed} of the candidate's pods`);
  const absolute = baseline.kind === "concurrent" ? null : limits.absolute;
  const other = baseline.kind === "none" ? null : used(baseline.colour.pods, span, resource, median);
  if (other === null && baseline.kind !== "none")
    return unmeasured(resource, `${resource.needed} of the baseline's pods`);
  const allowed =
    other === null
      ? Infinity
      : Math.max(other.amount * load * limits.relative, other.amount + limits.negligible);
  const line = Math.min(allowed, absolute ?? Infinity);
  const base = {
    metric: resource.metric,
    baseline: other && other.amount,
    candidate: own.amount,
    upperBound: null,
    limit: line,
    evidence: null,
    proof: null,
    requestsMissing: null,
  } as const;
  const { worded } = resource;
  const figures =
    `pod ${own.name} uses ${worded(own.amount)}` +
    (other === null ? "" : `, against ${worded(other.amount)} of the baseline's (${other.name})`) +
    `, limit ${worded(line)}`;
  if (own.amount > line)
    return {
      ...base,
      verdict: "fail",
      sentence: other && other.amount > 0 ? `${figures}: ${ratio(own.amount / other.amount)}` : figures,
    };
  const growing = resource.metric === "memory" ? growth(evidence, line, resource) : null;
  if (growing) return { ...base, verdict: "inconclusive", sentence: growing };
  return { ...base, verdict: "pass", sentence: figures };
}

interface Used {
  readonly name: string;
  readonly amount: number;
}

/** The pod that uses most, among those with enough recent samples; null where there is none. */
function used(
  pods: readonly PodEvidence[],
  span: number,
  resource: Resource,
  typical: (amounts: readonly number[]) => number,
): Used | null {
  let most: Used | null = null;
  for (const { name, samples } of pods) {
    const [, , late] = byThirds(samples, span, resource);
    if (late.length < LEAST_SAMPLES) continue;
    const amount = typical(late);
    if (!most || amount > most.amount) most = { name, amount };
  }
  return most;
}

type Thirds = readonly [early: number[], middle: number[], late: number[]];

/** The values measured in each third of the time, without gaps. */
function byThirds(samples: readonly PodSample[], span: number, { of }: Resource): Thirds {
  const thirds: Thirds = [[], [], []];
  for (const sample of samples) {
    const amount = of(sample);
    if (amount === null) continue;
    const third = sample.at < span / 3 ? 0 : sample.at < (span * 2) / 3 ? 1 : 2;
    thirds[third].push(amount);
  }
  return thirds;
}

/** How many times as much traffic a pod of the candidate has as one of the baseline; at least 1. */
function loadRatio({ baseline, candidate, seconds: span }: Evidence): number {
  if (baseline.kind === "none") return 1;
  const baselineSpan = baseline.kind === "recorded" ? baseline.seconds : span;
  return atLeastOne(loadOfPod(candidate, span) / loadOfPod(baseline.colour, baselineSpan));
}

const loadOfPod = ({ requests, pods }: ColourEvidence, span: number): number =>
  (requests?.count ?? 0) / pods.filter(({ samples }) => samples.some(isLate(span))).length / span;

const isLate =
  (span: number) =>
  ({ at }: PodSample): boolean =>
    at >= (span * 2) / 3;

const atLeastOne = (value: number): number => (Number.isFinite(value) ? Math.max(1, value) : 1);

/** Which pod grows, how fast, and when it would be above the line; null if none does. */
function growth({ candidate, seconds: span }: Evidence, line: number, resource: Resource): string | null {
  const { worded } = resource;
  for (const { name, samples } of candidate.pods) {
    const [early, middle, late] = byThirds(samples, span, resource);
    if (Math.min(early.length, middle.length, late.length) < LEAST_SAMPLES) continue;
    const [first, second, last] = [median(early), median(middle), median(late)];
    const isFlattening = last - second < 0.5 * (second - first);
    const isGrowing = last - first > 0.05 * first && last > second && second > first;
    const perSecond = (last - second) / (span / 3);
    const reached = (line - last) / perSecond;
    if (!isGrowing || isFlattening || reached > HORIZON_SECONDS) continue;
    return `pod ${name} uses ${worded(last)} and grows by ${worded(perSecond * 60)} a minute without slowing down: above the limit of ${worded(line)} in about ${seconds(Math.max(0, reached))}`;
  }
  return null;
}

const at = (amounts: readonly number[], share: number): number => {
  const sorted = amounts.toSorted((one, two) => one - two);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
};
const median = (amounts: readonly number[]): number => at(amounts, 0.5);
const lowerQuartile = (amounts: readonly number[]): number => at(amounts, 0.25);

const unmeasured = ({ metric }: Resource, what: string): Finding =>
  unmeasuredMetric(
    metric,
    `${what} could not be measured, or not ${LEAST_SAMPLES} times in the last third of the time`,
  );
