import { evidenceAbove, evidenceBelow, answersMissing } from "./sequential-test.ts";
import type { Evidence, Histogram, Moment } from "./evidence.ts";
import type { Strictness } from "./failures.ts";
import { aligned, quantile, slowerThan, toldQuantile } from "./histogram.ts";
import { unmeasuredMetric, type Finding } from "./judgement.ts";
import type { DurationLimits } from "./limits.ts";
import { evidenceOfSlowMoments, isSlowOfLate, slowMoments, type SlowMoments } from "./soak-windows.ts";
import { candidateShare } from "./share.ts";
import { counted, percent, ratio, seconds, short } from "./format.ts";

/**
 * Durations, by histogram. While both colours serve, a candidate that is not slower causes at most
 * its traffic share of the requests slower than any bound. That is bet against for each bound, and
 * the mean of these bets is a bet again. A proof that the candidate is slower fails it only if a
 * quantile is above its limit as well.
 *
 * In `switch` nothing is measured at the same moment to compare with, neither for the limits from
 * the record nor for the absolute one, and one slow spell of the machine has enough requests to
 * look like a proof. There the bet is that a quantile is above its limit in more than half of the
 * moments (see `soak-windows.ts`). It fails the candidate only if the quantile is above its limit
 * over all requests, too, and over the moments of the last minute. With a look every two seconds a
 * moment takes six. From 17 requests a second on, a version whose every answer is too slow fails
 * after 96 s, and one whose slowest answers alone are too slow after 108 s.
 *
 * With less traffic a moment lasts until it has the requests that its quantile needs, `5 / (1 -
 * quantile)`: 10 for the median, 100 for 95 %. So the former version takes 108 s down to 1.7
 * requests a second, by the median alone, and 180 requests below that; the latter takes 1,800
 * requests: 10 min at 3 requests a second. The absolute limit takes as many, or 1,600 without a
 * record, where it is the only limit. From a Prometheus a moment takes at least half a minute, and
 * the proof some 8 min.
 */
export function judgeDurations(
  evidence: Evidence,
  limits: DurationLimits,
  strictness: Strictness,
): Finding | null {
  const { baseline, candidate } = evidence;
  const own = candidate.durations;
  if (baseline.kind === "none")
    return limits.absolute === null ? null : withoutRecord(evidence, limits, limits.absolute, strictness);
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
  if (baseline.kind === "concurrent") {
    const held = limits.quantiles.map((share) => hold(share, slow, steady, limits, strictness, null));
    return finding(held, besideBaseline(slow, steady, candidateShare(evidence)), slow, strictness);
  }
  const highest = Math.max(...limits.quantiles);
  const held = limits.quantiles.map((share) => {
    const absolute = share === highest ? limits.absolute : null;
    return throughMoments(hold(share, slow, steady, limits, strictness, absolute), evidence);
  });
  return finding(held, overMoments(held, evidence.moments), slow, strictness);
}

/** A quantile of both colours, and what the limits say about it. */
interface Held {
  readonly share: number;
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Seconds that the candidate's quantile must not be above. */
  readonly line: number | null;
  readonly isAbove: boolean;
  /**
   * Above by more than chance, and not for a spell that is over: with a proof that the candidate is
   * slower, this fails it.
   */
  readonly isTooSlow: boolean;
  /** That the candidate is at the line is ruled out. */
  readonly isRuledOut: boolean;
  /**
   * How many of the candidate's requests were slower than the line, and which share of the
   * baseline's.
   */
  readonly slower: number;
  readonly usuallySlower: number;
  /** In `switch`, the moments above the line. */
  readonly moments: SlowMoments | null;
}

/** @param absolute what the quantile must not be above whatever the baseline's is; null: nothing */
function hold(
  share: number,
  own: Histogram,
  other: Histogram,
  limits: DurationLimits,
  strictness: Strictness,
  absolute: number | null,
): Held {
  const baseline = quantile(other, share);
  if (baseline === null)
    return {
      share,
      baseline,
      candidate: null,
      line: null,
      isAbove: false,
      isTooSlow: false,
      isRuledOut: false,
      slower: 0,
      usuallySlower: 0,
      moments: null,
    };
  const lineOf = (value: number) =>
    Math.min(absolute ?? Infinity, Math.max(value * limits.relative, value + limits.negligible));
  const candidate = toldQuantile(own, share);
  const lowest = quantile(other, lowestShare(share, other.count, strictness.misses / 2)) ?? baseline;
  const slower = slowerThan(own, lineOf(lowest));
  const bet = evidenceBelow(1 - share, slower, own.count - slower);
  const isAbove = candidate !== null && candidate > lineOf(baseline);
  return {
    share,
    baseline,
    candidate,
    line: lineOf(baseline),
    isAbove,
    isTooSlow: isAbove && isMoreThanChance(share, own, lineOf(baseline)),
    isRuledOut: bet >= 2 / strictness.misses,
    slower,
    usuallySlower: slowerThan(other, lineOf(baseline)) / other.count,
    moments: null,
  };
}

/** Standard deviations of a normal distribution that one draw in twenty exceeds. */
const MORE_THAN_CHANCE = 1.645;

/**
 * Whether more requests are above a limit than a candidate exactly at it would have in one look of
 * twenty. The proof is about a difference, not about its size: without this check, a candidate that
 * is slower by a tenth would fail at the one look of many at which a few requests make its quantile
 * seem higher by half.
 */
function isMoreThanChance(share: number, own: Histogram, limit: number): boolean {
  const expected = own.count * (1 - share);
  return slowerThan(own, limit) >= expected + MORE_THAN_CHANCE * Math.sqrt(expected * share);
}

function throughMoments(held: Held, { moments }: Evidence): Held {
  const { share, line, isTooSlow } = held;
  if (line === null) return held;
  return {
    ...held,
    isTooSlow: isTooSlow && isSlowOfLate(moments, share, line),
    moments: slowMoments(moments, share, line),
  };
}

/**
 * The highest share of a sample that is proven to lie below the true quantile of `share`: searched
 * to a thousandth.
 */
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

function overMoments(held: readonly Held[], moments: readonly Moment[]): number {
  return mean(
    held.map(({ share, line }) => (line === null ? 1 : evidenceOfSlowMoments(moments, share, line))),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function finding(held: readonly Held[], bet: number, own: Histogram, strictness: Strictness): Finding {
  const worst = worstOf(held);
  const base = {
    metric: "durations",
    baseline: worst.baseline,
    candidate: worst.candidate,
    upperBound: null,
    limit: worst.line,
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
  if (bet >= strictness.proof && worst.isTooSlow)
    return {
      ...base,
      verdict: "fail",
      sentence: `${figures}: proven slower (evidence ${short(bet)}, proof from ${short(strictness.proof)})`,
    };
  const open = held.filter((one) => !one.isRuledOut || one.isAbove);
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

/**
 * The quantile to report: a too slow one before an open one before a settled one, then the one
 * nearest to its limit.
 */
function worstOf(held: readonly Held[]): Held {
  const rank = (one: Held) =>
    (one.baseline === null ? 8 : 0) +
    (one.isTooSlow ? 4 : 0) +
    (one.isAbove ? 2 : 0) +
    (one.isRuledOut ? 0 : 1) +
    (one.candidate ?? 0) / ((one.line ?? 1) * 100);
  const [first, ...rest] = held;
  if (!first) throw new RangeError("Cannot judge durations without a quantile: durations.quantiles is empty");
  return rest.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst), first);
}

function told({ share, baseline, candidate, line, isAbove, moments }: Held): string {
  const bounds = `${seconds(baseline ?? 0)} of the baseline's, limit ${seconds(line ?? 0)}`;
  if (candidate === null) return `${percent(share)} of the candidate's requests: too few to tell; ${bounds}`;
  const times = baseline ? `, ${ratio(candidate / baseline)}` : "";
  const often =
    isAbove && moments ? `, above it in ${moments.slow} of ${counted(moments.all, "moment")}` : "";
  return `${percent(share)} of the candidate's requests took at most ${seconds(candidate)}, against ${bounds}${times}${often}`;
}

function withoutRecord(
  evidence: Evidence,
  limits: DurationLimits,
  absolute: number,
  strictness: Strictness,
): Finding {
  const own = evidence.candidate.durations;
  if (own === null || own.count === 0) return unmeasured("durations of the candidate could not be measured");
  const share = Math.max(...limits.quantiles);
  const candidate = toldQuantile(own, share);
  const slower = slowerThan(own, absolute);
  const isAbove = candidate !== null && candidate > absolute;
  const held = throughMoments(
    {
      share,
      baseline: absolute,
      candidate,
      line: absolute,
      isAbove,
      isTooSlow: isAbove && isMoreThanChance(share, own, absolute),
      isRuledOut: evidenceBelow(1 - share, slower, own.count - slower) >= 1 / strictness.misses,
      slower,
      usuallySlower: 0,
      moments: null,
    },
    evidence,
  );
  const found = finding([held], overMoments([held], evidence.moments), own, strictness);
  return { ...found, baseline: null };
}

const unmeasured = (why: string): Finding => unmeasuredMetric("durations", why);
