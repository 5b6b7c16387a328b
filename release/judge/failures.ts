import { evidenceAbove, lowerBound, answersMissing, upperBound } from "./sequential-test.ts";
import type { Evidence, RequestCounts } from "./evidence.ts";
import { unmeasuredMetric, type Finding } from "./judgement.ts";
import type { FailureLimits } from "./limits.ts";
import { evidenceOfFailures } from "./minute-windows.ts";
import { candidateShare } from "./share.ts";
import { counted, percent, seconds, short } from "./format.ts";

/**
 * How often this metric may be wrong: `proof` is the evidence that fails a candidate, `misses` the
 * share of passes that may be wrong.
 */
export interface Strictness {
  readonly proof: number;
  readonly misses: number;
}

/**
 * Failed requests. If the candidate fails no more often than the baseline, then any one failure is
 * the candidate's with at most the probability of its traffic share, whatever happens to both at
 * that moment. The bet is against that while both serve, so background failures that come and go,
 * or are absent, do not matter. Against a record the bet is about the share of requests that fail,
 * and its limit leaves room for another hour of the day.
 */
export function judgeFailures(evidence: Evidence, limits: FailureLimits, strictness: Strictness): Finding {
  const candidate = evidence.candidate.requests;
  const baseline = evidence.baseline.kind === "none" ? null : evidence.baseline.colour.requests;
  if (candidate === null) return unmeasured("requests of the candidate could not be measured");
  if (baseline === null && evidence.baseline.kind !== "none")
    return unmeasured("requests of the baseline could not be measured");
  if (candidate.count === 0) return unmeasured("no request has reached the candidate");
  if (evidence.baseline.kind === "concurrent" && baseline?.count === 0)
    return unmeasured("no request has reached the baseline");
  return evidence.baseline.kind === "concurrent"
    ? besideBaseline(evidence, candidate, baseline ?? NONE, limits, strictness)
    : afterBaseline(
        evidence,
        candidate,
        baseline && isTelling(baseline, limits, strictness) ? baseline : null,
        limits,
        strictness,
      );
}

/** A record with too few requests would allow almost anything. */
const isTelling = (record: RequestCounts, limits: FailureLimits, { misses }: Strictness): boolean =>
  upperBound(record.failures, record.count, misses / 2) - rate(record) <=
  Math.max(limits.ruledOut, limits.absolute, rate(record));

const NONE: RequestCounts = { count: 0, failures: 0 };

function besideBaseline(
  evidence: Evidence,
  candidate: RequestCounts,
  baseline: RequestCounts,
  limits: FailureLimits,
  strictness: Strictness,
): Finding {
  const bet = evidenceAbove(candidateShare(evidence), candidate.failures, baseline.failures);
  const increase = rate(candidate) - rate(baseline);
  return finding({
    candidate,
    baseline,
    bet,
    isProven: bet >= strictness.proof && increase >= limits.negligible,
    lowest: lowerBound(baseline.failures, baseline.count, strictness.misses / 2),
    error: strictness.misses / 2,
    ruledOut: limits.ruledOut,
    limits,
    strictness,
    against: `${percent(rate(baseline))} of the baseline's at the same moment`,
  });
}

function afterBaseline(
  { seconds, minutes = [] }: Evidence,
  candidate: RequestCounts,
  baseline: RequestCounts | null,
  limits: FailureLimits,
  strictness: Strictness,
): Finding {
  const highest = baseline ? upperBound(baseline.failures, baseline.count, strictness.misses / 2) : 0;
  const line = baseline
    ? Math.min(highest + limits.ruledOut, Math.max(limits.absolute, highest))
    : limits.absolute;
  const { evidence: bet, best } = evidenceOfFailures(line, candidate, minutes);
  // A proof needs a bet that has won far more than its stake, so more than the line's share has
  // failed since that bet began.
  const isProven = bet >= strictness.proof;
  const lowest = baseline ? lowerBound(baseline.failures, baseline.count, strictness.misses / 2) : 0;
  return finding({
    candidate,
    baseline,
    bet,
    isProven,
    ...(isProven && best.minute > 0
      ? { proven: { requests: best.requests, seconds: seconds - best.minute * 60 } }
      : {}),
    lowest,
    error: strictness.misses / 2,
    ruledOut: line - lowest,
    limits,
    strictness,
    against: baseline
      ? `${percent(rate(baseline))} of the baseline's on record and at most ${percent(line)} allowed`
      : `at most ${percent(line)} allowed, without a record of enough requests to compare with`,
  });
}

interface Comparison {
  readonly candidate: RequestCounts;
  readonly baseline: RequestCounts | null;
  readonly bet: number;
  readonly isProven: boolean;
  /** What the proof covers, where that is not the whole stage. */
  readonly proven?: { readonly requests: RequestCounts; readonly seconds: number };
  /** The lowest that the baseline's share may be. */
  readonly lowest: number;
  readonly error: number;
  readonly ruledOut: number;
  readonly limits: FailureLimits;
  readonly strictness: Strictness;
  readonly against: string;
}

function finding(comparison: Comparison): Finding {
  const { candidate, baseline, bet, lowest, error, ruledOut, limits, strictness, against } = comparison;
  const upper = upperBound(candidate.failures, candidate.count, error) - lowest;
  const { requests: told, seconds: late } = comparison.proven ?? { requests: candidate };
  const isFailed = comparison.isProven && told.failures >= limits.atLeast;
  const isPassed = !comparison.isProven && upper < ruledOut;
  const when = late === undefined ? "" : ` of the last ${seconds(late)}`;
  const figures = `${percent(rate(told))} of the candidate's requests${when} failed (${told.failures} of ${told.count}), against ${against}`;
  const base = {
    metric: "failures",
    baseline: baseline && rate(baseline),
    candidate: rate(told),
    upperBound: upper,
    limit: ruledOut,
    evidence: bet,
    proof: strictness.proof,
    requestsMissing: null,
  } as const;
  if (isFailed)
    return {
      ...base,
      verdict: "fail",
      sentence: `${figures}: proven worse (evidence ${short(bet)}, proof from ${short(strictness.proof)})`,
    };
  if (isPassed)
    return {
      ...base,
      verdict: "pass",
      sentence: `${figures}: at most ${percent(Math.max(0, upper))} more, below the limit of ${percent(ruledOut)}`,
    };
  const { failures: hits, count } = candidate;
  const missing = answersMissing(lowest + ruledOut, { hits, count }, baseline ? rate(baseline) : 0, error);
  return {
    ...base,
    verdict: "inconclusive",
    requestsMissing: missing,
    sentence: `${figures}: ${whyOpen(comparison, missing)}`,
  };
}

function whyOpen({ candidate, limits, ruledOut }: Comparison, missing: number | null): string {
  const few =
    candidate.failures > 0 && candidate.failures < limits.atLeast
      ? `too little evidence, as ${counted(candidate.failures, "failure")} may be chance`
      : "too little evidence either way";
  return missing === null
    ? `${few}; too few requests of the baseline to rule out ${percent(ruledOut)} more`
    : `${few}; about ${counted(missing, "more request")} to rule out ${percent(ruledOut)} more, if no more fail than the baseline's do`;
}

const rate = ({ failures, count }: RequestCounts): number => (count === 0 ? 0 : failures / count);

const unmeasured = (why: string): Finding => unmeasuredMetric("failures", why);
