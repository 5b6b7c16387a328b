import type { Totals } from "../../../example/load/totals.ts";

/** One `zd rollback`, in milliseconds since the command was typed. */
export interface Flip {
  readonly firstOld: number;
  readonly lastNew: number;
  /** Until the `up` that records it has ended. */
  readonly recorded: number;
  readonly failed: number;
}

/**
 * Reads a flip in what the users saw from just before the command until its end.
 *
 * @param typedAt milliseconds since the epoch
 */
export function flipOf(
  seen: Totals,
  typedAt: number,
  recorded: number,
  [old, young]: readonly [string, string],
): Flip {
  const of = (version: string) => seen.seen.filter((answers) => answers.version === version);
  const firstOld = Math.min(...of(old).map(({ firstAt }) => firstAt)) - typedAt;
  const lastNew = Math.max(...of(young).map(({ lastAt }) => lastAt)) - typedAt;
  return { firstOld, lastNew, recorded, failed: seen.failed + seen.wrong };
}

/** The middle, the highest of 95 in 100, and the highest, in seconds. */
export function spread(values: readonly number[]): string {
  const sorted = [...values].sort((one, two) => one - two);
  const at = (share: number) =>
    ((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN) / 1000).toFixed(2);
  return `${at(0.5)} s | ${at(0.95)} s | ${at(1)} s`;
}

/** The figures as Markdown. */
export function flipReport(flips: readonly Flip[], ownStart: readonly number[]): string {
  const start = [...ownStart].sort((one, two) => one - two)[Math.floor(ownStart.length / 2)] ?? 0;
  const row = (what: string, values: readonly number[]) => `| ${what} | ${spread(values)} |`;
  return [
    "| from the command to …, without the CLI's own start | in the middle | 95 of 100 | at most |",
    "| --- | --- | --- | --- |",
    row(
      "the first answer of the old colour",
      flips.map(({ firstOld }) => firstOld - start),
    ),
    row(
      "the last answer of the new colour",
      flips.map(({ lastNew }) => lastNew - start),
    ),
    row(
      "the end of the `up` that records it",
      flips.map(({ recorded }) => recorded - start),
    ),
    "",
    `${flips.length} rollbacks; requests failed or wrong: ${flips.reduce((sum, { failed }) => sum + failed, 0)}. ` +
      `The CLI's own start, as \`zd --help\` takes it, is ${(start / 1000).toFixed(2)} s.`,
  ].join("\n");
}
