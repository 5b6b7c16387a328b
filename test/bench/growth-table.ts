import { markdownTable } from "./markdown-table.ts";
import { atLeast, fit, isAtMostLinear, lastSlope, MOST_SLOPE, type Point } from "./growth/slope.ts";

/** A cost that grows, and by what. */
export interface Growth {
  readonly what: string;
  readonly by: string;
  readonly points: readonly Point[];
  readonly worded: (cost: number) => string;
}

/** A goal, what was measured, and whether it holds. */
export interface Verdict {
  readonly goal: string;
  readonly found: string;
  readonly holds: boolean;
}

/** Nobody notices what takes less. */
const LEAST_SECONDS = 0.005;

export const seconds = (cost: number): string =>
  cost < 0.0995
    ? `${(cost * 1000).toFixed(cost < 0.00995 ? 1 : 0)} ms`
    : `${cost.toFixed(cost < 9.95 ? 2 : 1)} s`;
export const kilobytes = (cost: number): string => `${(cost / 1000).toFixed(cost < 9950 ? 1 : 0)} kB`;
export const count = (value: number): string => Math.round(value).toLocaleString("en-GB");

/** The parts of what was measured at several sizes. */
export const growthsBy = <Cost>(
  by: string,
  costs: readonly Cost[],
  size: (cost: Cost) => number,
  parts: readonly (readonly [what: string, figure: (cost: Cost) => number, worded: Growth["worded"]])[],
): Growth[] =>
  parts.map(([what, figure, worded]) => ({
    what,
    by,
    points: costs.map((cost) => ({ size: size(cost), cost: figure(cost) })),
    worded,
  }));

/** The points by which a cost is judged. */
const judgedPoints = ({ points, worded }: Growth): readonly Point[] =>
  worded === seconds ? atLeast(points, LEAST_SECONDS) : points;

/** The slopes by which a cost is judged: over all sizes, and at the end. */
export function slopesOf(growth: Growth): { readonly all: number; readonly last: number } {
  const judged = judgedPoints(growth);
  return { all: fit(judged).slope, last: lastSlope(judged) };
}

/** Whether all of them are at most linear. */
export function slopeVerdict(growths: readonly Growth[]): Verdict {
  const [steepest] = growths
    .map((growth) => ({ growth, slope: Math.max(...Object.values(slopesOf(growth))) }))
    .sort((one, two) => two.slope - one.slope);
  return {
    goal: `no slope is steeper than linear (≤ ${MOST_SLOPE})`,
    found: steepest
      ? `the steepest is ${steepest.slope.toFixed(2)}: ${steepest.growth.what} by ${steepest.growth.by}`
      : "nothing",
    holds: growths.every((growth) => isAtMostLinear(judgedPoints(growth))),
  };
}

export const verdictTable = (verdicts: readonly Verdict[]): string =>
  markdownTable(
    ["goal", "measured", ""],
    verdicts.map(({ goal, found, holds }) => [goal, found, holds ? "holds" : "**missed**"]),
  );

/** What the reader of a {@link growthTable} has to know. */
export const SLOPES_EXPLAINED = `The slope is that of the straight line through the logarithms of size and cost: 1 is linear, 2 quadratic, 0 flat. As a constant part makes it
flatter, that between the two largest sizes stands beside it, and neither may be above ${MOST_SLOPE}: the tenth is for a last figure that is 17 % too high, at
five times the size of the one before. What takes less than ${LEAST_SECONDS * 1000} ms is judged as if it took that.`;

export const growthTable = (growths: readonly Growth[]): string =>
  markdownTable(
    ["cost", "by", "sizes", "measured", "slope", "at the end", ""],
    growths.map((growth) => {
      const { all, last } = slopesOf(growth);
      return [
        growth.what,
        growth.by,
        growth.points.map(({ size }) => count(size)).join(", "),
        growth.points.map(({ cost }) => growth.worded(cost)).join(", "),
        all.toFixed(2),
        last.toFixed(2),
        isAtMostLinear(judgedPoints(growth)) ? "not steeper than linear" : "**steeper**",
      ];
    }),
  );

/** A line for each cost, for whoever watches. */
export const slopeLines = (growths: readonly Growth[]): string[] =>
  growths.map((growth) => {
    const { all, last } = slopesOf(growth);
    return `${all.toFixed(2)}, at the end ${last.toFixed(2)}: ${growth.what} by ${growth.by}`;
  });
