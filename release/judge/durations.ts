import { evidenceAbove, evidenceBelow, answersMissing } from "./bets.ts";
import type { Evidence, Histogram } from "./evidence.ts";
import type { Strictness } from "./failures.ts";
import { aligned, quantile, slowerThan } from "./histogram.ts";
import { unmeasuredMetric, type Finding } from "./judgement.ts";
import type { DurationLimits } from "./limits.ts";
import { candidateShare } from "./share.ts";
import { counted, percent, ratio, seconds, short } from "./wording.ts";

/** Requests of the candidate above a quantile, below which the quantile is not told. */
const LEAST_ABOVE = 5;

/**
 * Durations, by histogram. While both colours serve: of the requests slower than a bound, no more than the candidate's share of the
 * traffic are the candidate's if it is not slower; the mean of such bets over all bounds is a bet again. Against a record: of the
 * candidate's requests, no more than 5 % are slower than what the limit makes of the record's 95 % quantile. A proof that the candidate is
 * slower fails it only if a quantile is above its limit as well.
 */
export function judgeDurations(
  evidence: Evidence,
  limits: DurationLimits,
  strictness: Strictness,
): Finding | null {
  const { baseline, candidate } = evidence;
  const own = candidate.durations;
  if (baseline.kind === "none")
    return limits.absolute === null ? null : withoutRecord(own, limits, limits.absolute, strictness);
  const other = baseline.colour.durations;
  if (own === null) return unmeasured("durations of the candidate could not be measured");
  if (other === null) return unmeasured("durations of the baseline could not be measured");
  if (own.count === 0 || other.count === 0)
    return unmeasured(`no duration of the ${own.count === 0 ? "candidate" : "baseline"} was measured`);
  const [slow, steady] = aligned(own, other);
  if (slow.bounds.length === 0)
    return unmeasured(
      "the histograms of the two colours share no bound, so that durations cannot be compared",
    );
  const held = limits.quantiles.map((share) => hold(share, slow, steady, limits, strictness));
  const bet =
    baseline.kind === "concurrent"
      ? besideBaseline(slow, steady, candidateShare(evidence))
      : afterBaseline(slow, held, limits);
  return finding(held, bet, slow, limits, strictness, baseline.kind === "recorded" ? limits.absolute : null);
}

/** A quantile of both colours and what the limits say about it. */
interface Held {
  readonly share: number;
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Seconds that the candidate's quantile must not be above. */
  readonly line: number | null;
  readonly isAbove: boolean;
  /** A candidate at the line is ruled out. */
  readonly isRuledOut: boolean;
  /** How many of the candidate's requests were slower than the line, and which part of the baseline's was. */
  readonly slower: number;
  readonly usuallySlower: number;
}

function hold(
  share: number,
  own: Histogram,
  other: Histogram,
  limits: DurationLimits,
  strictness: Strictness,
): Held {
  const baseline = quantile(other, share);
  if (baseline === null)
    return {
      share,
      baseline,
      candidate: null,
      line: null,
      isAbove: false,
      isRuledOut: false,
      slower: 0,
      usuallySlower: 0,
    };
  const lineOf = (value: number) => Math.max(value * limits.relative, value + limits.negligible);
  const isTold = own.count * (1 - share) >= LEAST_ABOVE;
  // Above the highest bound counts as at the highest bound: the least that it can be.
  const candidate = isTold ? (quantile(own, share) ?? own.bounds.at(-1) ?? 0) : null;
  const lowest = quantile(other, lowestShare(share, other.count, strictness.misses / 2)) ?? baseline;
  const slower = slowerThan(own, lineOf(lowest));
  const bet = evidenceBelow(1 - share, slower, own.count - slower);
  return {
    share,
    baseline,
    candidate,
    line: lineOf(baseline),
    isAbove: candidate !== null && candidate > lineOf(baseline),
    isRuledOut: bet >= 2 / strictness.misses,
    slower,
    usuallySlower: slowerThan(other, lineOf(baseline)) / other.count,
  };
}

/** The highest share of a sample that is proven to lie below the true quantile of `share`: searched to a thousandth. */
function lowestShare(share: number, count: number, error: number): number {
  let [below, above] = [0, share];
  while (above - below > 1e-3) {
    const middle = (below + above) / 2;
    if (evidenceBelow(share, middle * count, (1 - middle) * count) >= 1 / error) below = middle;
    else above = middle;
  }
  return below;
}

function besideBaseline(own: Histogram, other: Histogram, share: number): number {
  const bets = own.bounds.map((_, index) =>
    evidenceAbove(share, own.count - (own.atMost[index] ?? 0), other.count - (other.atMost[index] ?? 0)),
  );
  return mean(bets);
}

function afterBaseline(own: Histogram, held: readonly Held[], limits: DurationLimits): number {
  const bets = held.map(({ share, line }) => (line === null ? 1 : slownessBet(own, line, share)));
  const highest = Math.max(...limits.quantiles);
  const ceiling = limits.absolute === null ? [] : [slownessBet(own, limits.absolute, highest)];
  return mean([...bets, ...ceiling]);
}

/** A bet that more than the rest above `share` is slower than the limit. */
function slownessBet(own: Histogram, limit: number, share: number): number {
  const slower = slowerThan(own, limit);
  return evidenceAbove(1 - share, slower, own.count - slower);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function finding(
  held: readonly Held[],
  bet: number,
  own: Histogram,
  limits: DurationLimits,
  strictness: Strictness,
  absolute: number | null,
): Finding {
  const highest = Math.max(...limits.quantiles);
  const isTooSlow = ({ share, candidate, isAbove }: Held) =>
    isAbove || (absolute !== null && share === highest && candidate !== null && candidate > absolute);
  const worst = worstOf(held, isTooSlow);
  const base = {
    metric: "durations",
    baseline: worst.baseline,
    candidate: worst.candidate,
    upperBound: null,
    limit: absolute === null || worst.line === null ? worst.line : Math.min(absolute, worst.line),
    evidence: bet,
    proof: strictness.proof,
    requestsMissing: null,
  } as const;
  if (worst.baseline === null)
    return {
      ...base,
      verdict: "inconclusive",
      sentence: `more than ${percent(1 - worst.share)} of the baseline's requests took longer than the histogram's highest bound, so that durations cannot be compared`,
    };
  const figures = told(worst);
  if (bet >= strictness.proof && isTooSlow(worst))
    return {
      ...base,
      verdict: "fail",
      sentence: `${figures}: proven slower (evidence ${short(bet)}, proof from ${short(strictness.proof)})`,
    };
  const open = held.filter((one) => !one.isRuledOut || isTooSlow(one));
  if (open.length === 0)
    return { ...base, verdict: "pass", sentence: `${figures}: slower than allowed is ruled out` };
  const needed = open.map((one) =>
    answersMissing(
      1 - one.share,
      { hits: one.slower, count: own.count },
      one.usuallySlower,
      strictness.misses / 2,
    ),
  );
  const missing = needed.includes(null) ? null : Math.max(...needed.filter((count) => count !== null));
  return {
    ...base,
    verdict: "inconclusive",
    requestsMissing: missing,
    sentence:
      missing === null
        ? `${figures}: no proof either way yet`
        : `${figures}: about ${counted(missing, "more request")} to rule out that it is slower than allowed, if it is as fast as the baseline`,
  };
}

/** The one to speak of: too slow rather than open rather than settled, then the one nearest to its limit. */
function worstOf(held: readonly Held[], isTooSlow: (one: Held) => boolean): Held {
  const rank = (one: Held) =>
    (one.baseline === null ? 4 : 0) +
    (isTooSlow(one) ? 2 : 0) +
    (one.isRuledOut ? 0 : 1) +
    (one.candidate ?? 0) / ((one.line ?? 1) * 100);
  const [first, ...rest] = held;
  if (!first) throw new RangeError("Cannot judge durations without a quantile: durations.quantiles is empty");
  return rest.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst), first);
}

function told({ share, baseline, candidate, line }: Held): string {
  const bounds = `${seconds(baseline ?? 0)} of the baseline's, limit ${seconds(line ?? 0)}`;
  if (candidate === null) return `${percent(share)} of the candidate's requests: too few to tell; ${bounds}`;
  const times = baseline ? `, ${ratio(candidate / baseline)}` : "";
  return `${percent(share)} of the candidate's requests took at most ${seconds(candidate)}, against ${bounds}${times}`;
}

function withoutRecord(
  own: Histogram | null,
  limits: DurationLimits,
  absolute: number,
  strictness: Strictness,
): Finding {
  if (own === null || own.count === 0) return unmeasured("durations of the candidate could not be measured");
  const share = Math.max(...limits.quantiles);
  const isTold = own.count * (1 - share) >= LEAST_ABOVE;
  const candidate = isTold ? (quantile(own, share) ?? own.bounds.at(-1) ?? 0) : null;
  const slower = slowerThan(own, absolute);
  const held: Held = {
    share,
    baseline: absolute,
    candidate,
    line: absolute,
    isAbove: candidate !== null && candidate > absolute,
    isRuledOut: evidenceBelow(1 - share, slower, own.count - slower) >= 1 / strictness.misses,
    slower,
    usuallySlower: 0,
  };
  const found = finding([held], slownessBet(own, absolute, share), own, limits, strictness, absolute);
  return { ...found, baseline: null };
}

const unmeasured = (why: string): Finding => unmeasuredMetric("durations", why);
