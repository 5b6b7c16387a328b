import type { Totals } from "../../example/load/totals.ts";
import type { Outcome } from "../support/journey/stack.ts";
import type { RungShare } from "./share.ts";
import type { RehearsalStage } from "./stages.ts";

/** What one stage did to the users. */
export interface StageFigures {
  readonly title: string;
  /** When its `up` began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly isOk: boolean;
  readonly seconds: number;
  readonly sent: number;
  readonly failed: number;
  readonly wrong: number;
  readonly slow: number;
  readonly longestGapMilliseconds: number;
  readonly p99Milliseconds: number;
  readonly answeredBy: Readonly<Record<string, number>>;
  /**
   * From the write of the weights to the last answer of the colour that had the traffic; null where
   * none moved.
   */
  readonly lastOldAnswerMilliseconds: number | null;
  /** Counted while a rung held its weight; null on every other stage. */
  readonly share: RungShare | null;
}

export function figuresOf(
  stage: RehearsalStage,
  startedAt: number,
  outcome: Outcome,
  totals: Totals,
  writtenAt: number | undefined,
): StageFigures {
  const answeredBy: Record<string, number> = {};
  for (const { version, answers } of totals.seen) answeredBy[version] = (answeredBy[version] ?? 0) + answers;
  const old = totals.seen.filter(({ colour }) => colour !== stage.active).map(({ lastAt }) => lastAt);
  return {
    title: stage.title,
    startedAt,
    isOk: outcome.isOk,
    seconds: outcome.seconds,
    sent: totals.sent,
    failed: totals.failed,
    wrong: totals.wrong,
    slow: totals.slow,
    longestGapMilliseconds: Math.max(...Object.values(totals.longestGap)),
    p99Milliseconds: totals.latency.p99,
    answeredBy,
    // On a rung nobody has had their last answer.
    lastOldAnswerMilliseconds:
      writtenAt === undefined || old.length === 0 || stage.weight !== undefined
        ? null
        : Math.max(...old) - writtenAt,
    share: null,
  };
}

export function describeStage(figures: StageFigures): string {
  const {
    title,
    seconds,
    sent,
    failed,
    wrong,
    slow,
    longestGapMilliseconds,
    answeredBy,
    lastOldAnswerMilliseconds,
    share,
  } = figures;
  const versions = Object.entries(answeredBy).map(
    ([version, answers]) => `${version} ${answers.toLocaleString("en")}×`,
  );
  const moved =
    lastOldAnswerMilliseconds === null
      ? ""
      : `, last old answer ${Math.round(lastOldAnswerMilliseconds)} ms after the write`;
  return (
    `${title.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s  ${String(sent).padStart(6)} requests  ${failed} failed  ${wrong} wrong  ` +
    `${slow} slow  longest gap ${Math.round(longestGapMilliseconds)} ms  answered by ${versions.join(", ")}${moved}${share ? `, then ${describeShare(share)}` : ""}`
  );
}

const describeShare = ({ candidate, answers }: RungShare): string =>
  `${((100 * candidate) / answers).toFixed(3)} % of ${answers.toLocaleString("en")}`;
