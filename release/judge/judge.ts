import { judgeDatabase } from "./database.ts";
import { judgeDurations } from "./durations.ts";
import type { Evidence } from "./evidence.ts";
import { judgeFailures, type Strictness } from "./failures.ts";
import type { Finding, Judgement } from "./judgement.ts";
import type { Limits } from "./limits.ts";
import { judgeCpu, judgeMemory } from "./pods.ts";
import { counted, seconds, sentence } from "./format.ts";

/**
 * The part of the false alarms that failures may cause, as those should be found soonest; the rest
 * is for durations.
 */
const FAILURES_PART = 0.75;

/**
 * Whether the candidate may have more traffic, must lose what it has, or has to wait until more is
 * known.
 *
 * It may be called as often as you like: all looks at a stage share one allowance (see
 * `sequential-test.ts`), so that over a whole release at most the share `falseAlarms` of candidates
 * that are no worse fail. The answer depends on the evidence alone.
 *
 * @returns `fail` once one metric is proven worse than its limit; `pass` once all are proven within
 *   theirs and `minimumSeconds` are over; `inconclusive` otherwise, with what is missing
 */
export function judge(evidence: Evidence, limits: Limits): Judgement {
  const findings = [
    judgeFailures(evidence, limits.failures, strictness(limits, limits.durations ? FAILURES_PART : 1)),
    limits.durations && judgeDurations(evidence, limits.durations, strictness(limits, 1 - FAILURES_PART)),
    limits.cpu && judgeCpu(evidence, limits.cpu),
    limits.memory && judgeMemory(evidence, limits.memory),
    judgeDatabase(evidence),
  ].filter((finding) => finding !== null);
  const failed = findings.filter(({ verdict }) => verdict === "fail");
  if (failed.length > 0) return { verdict: "fail", sentence: told(failed), findings, missing: [] };
  const missing = whatIsMissing(evidence, limits, findings);
  if (missing.length > 0)
    return { verdict: "inconclusive", sentence: sentence(missing.join("; ")), findings, missing };
  return { verdict: "pass", sentence: told(findings), findings, missing };
}

/** Each stage gets the same part of the allowance, and spends it on several metrics. */
function strictness({ falseAlarms, misses, rungs }: Limits, part: number): Strictness {
  const stages = rungs.length + 1;
  return { proof: stages / (falseAlarms * part), misses };
}

function whatIsMissing(evidence: Evidence, limits: Limits, findings: readonly Finding[]): string[] {
  const left = limits.minimumSeconds - evidence.seconds;
  return [
    ...findings.filter(({ verdict }) => verdict === "inconclusive").map(({ sentence }) => sentence),
    ...evidence.unread.map((what) => `not read: ${what}`),
    ...(left > 0
      ? [`${counted(Math.ceil(left), "more second")} of at least ${seconds(limits.minimumSeconds)}`]
      : []),
  ];
}

const told = (findings: readonly Finding[]): string =>
  sentence(findings.map((finding) => finding.sentence).join("; "));
