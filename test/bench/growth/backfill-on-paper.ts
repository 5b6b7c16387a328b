import type { BackfillCost } from "./backfill-cost.ts";
import { lastSlope } from "./slope.ts";

/** What a backfill of so many rows would take, by what each row more has cost. */
export interface OnPaper {
  readonly rows: number;
  /** By so many ranges at once. */
  readonly ranges: number;
  readonly fillHours: number;
  readonly verifyHours: number;
  readonly tableBytes: number;
  readonly growthBytes: number;
  readonly logBytes: number;
  /** At most: steps of a large table are larger on average. */
  readonly transactions: number;
}

/**
 * What the rows between the two largest tables have cost, times the rows: what is constant is left
 * out, and a slope below 1 promises nothing. One that is steeper counts.
 *
 * @param times how many times as fast the ranges fill as one does
 */
export function onPaper(
  costs: readonly BackfillCost[],
  rows: number,
  ranges: number,
  times: number,
): OnPaper {
  const [small, large] = [costs.at(-2), costs.at(-1)];
  if (small === undefined || large === undefined)
    throw new RangeError(`Cannot go by ${costs.length} sizes: two are needed`);
  const steeper = Math.max(1, lastSlope(costs.map(({ rows: size, seconds: cost }) => ({ size, cost }))));
  const scale = (rows / large.rows) ** (steeper - 1);
  const perRow = (figure: (cost: BackfillCost) => number) =>
    (figure(large) - figure(small)) / (large.rows - small.rows);
  return {
    rows,
    ranges,
    fillHours: (rows * perRow(({ seconds }) => seconds) * scale) / times / 3600,
    verifyHours: (rows * perRow(({ verifySeconds }) => verifySeconds)) / 3600,
    tableBytes: rows * perRow(({ bytesBefore }) => bytesBefore),
    growthBytes: rows * perRow(({ bytesBefore, bytesAfter }) => bytesAfter - bytesBefore),
    logBytes: rows * perRow(({ logBytes }) => logBytes),
    transactions: (rows * large.transactions) / large.rows,
  };
}
