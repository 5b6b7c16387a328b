import { evidenceAbove, stakeLeftAfter, stakeOf } from "./sequential-test.ts";
import type { MinuteMark, RequestCounts } from "./evidence.ts";

/** Bets that began earlier are dropped, except the one on the whole soak. */
const MOST_MARKS = 60;

const NOTHING: RequestCounts = { count: 0, failures: 0 };

/** The marks after one more look: one for each minute of the soak, from its second minute on. */
export function noteMinute(
  marks: readonly MinuteMark[],
  seconds: number,
  requests: RequestCounts,
): readonly MinuteMark[] {
  const minute = Math.floor(seconds / 60);
  if (minute === 0 || marks.at(-1)?.minute === minute) return marks;
  return [...marks, { minute, requests }].slice(-MOST_MARKS);
}

/** Requests since a minute began, and the winnings of the bet on them. */
export interface Since {
  /** Minutes of the soak before that one. */
  readonly minute: number;
  readonly requests: RequestCounts;
  readonly winnings: number;
}

/**
 * Bets that more requests fail than the line allows (see `sequential-test.ts`). As with durations
 * (`soak-windows.ts`), one begins with every minute of the soak, so that a version that fails
 * everything after a good day is out as soon as one that does so from the beginning. They share one
 * stake (`stakeOf`).
 *
 * @returns all winnings, and the bet that has won most
 */
export function evidenceOfFailures(
  line: number,
  requests: RequestCounts,
  marks: readonly MinuteMark[],
): { readonly evidence: number; readonly best: Since } {
  const begun: readonly MinuteMark[] = [{ minute: 0, requests: NOTHING }, ...marks];
  const bets = begun.map(({ minute, requests: then }): Since => {
    const failures = requests.failures - then.failures;
    const count = requests.count - then.count;
    return {
      minute,
      requests: { count, failures },
      winnings: stakeOf(minute) * evidenceAbove(line, failures, count - failures),
    };
  });
  const stakeLeft = stakeLeftAfter(begun.at(-1)?.minute ?? 0);
  return {
    evidence: bets.reduce((sum, { winnings }) => sum + winnings, stakeLeft),
    best: bets.reduce((one, two) => (two.winnings > one.winnings ? two : one)),
  };
}
