/** What something costs at a size. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/**
 * Linear, and a tenth for what figures are off by: the last one may be 17 % too high where its size
 * is five times the one before.
 */
export const MOST_SLOPE = 1.1;

/** A power law: cost = factor × size ^ slope. */
export interface Fit {
  readonly slope: number;
  readonly factor: number;
}

/**
 * The straight line through the logarithms, by least squares: a slope of 1 is linear, of 2
 * quadratic, of 0 flat. What a cost has that no size changes makes the slope flatter, so the
 * steepest part between two neighbours is asked for besides.
 */
export function fit(points: readonly Point[]): Fit {
  const logs = points.map(({ size, cost }) => [Math.log(size), Math.log(cost)] as const);
  const mean = (of: (log: readonly [number, number]) => number) =>
    logs.reduce((sum, log) => sum + of(log), 0) / logs.length;
  const [x, y] = [mean(([size]) => size), mean(([, cost]) => cost)];
  const along = logs.reduce((sum, [size, cost]) => sum + (size - x) * (cost - y), 0);
  const across = logs.reduce((sum, [size]) => sum + (size - x) ** 2, 0);
  const slope = along / across;
  return { slope, factor: Math.exp(y - slope * x) };
}

/** The slope of the last part, where what is constant counts least. */
export const lastSlope = (points: readonly Point[]): number => fit(points.slice(-2)).slope;

/** Not steeper than linear, over all sizes and from the last but one to the last. */
export const isAtMostLinear = (points: readonly Point[]): boolean =>
  Math.max(fit(points).slope, lastSlope(points)) <= MOST_SLOPE;

/** What a size would cost by the fit; an estimate, and the further out the less it is one. */
export const costAt = ({ slope, factor }: Fit, size: number): number => factor * size ** slope;

/**
 * The size at which a cost is reached, between the two neighbours that enclose it; null where no
 * point is above it.
 */
export function sizeAt(points: readonly Point[], cost: number): number | null {
  const above = points.findIndex((point) => point.cost > cost);
  if (above < 0) return null;
  const [before, after] = [points[above - 1], points[above]];
  if (before === undefined || after === undefined) return 0;
  const part = Math.log(cost / before.cost) / Math.log(after.cost / before.cost);
  return Math.floor(before.size * (after.size / before.size) ** part);
}

/** What costs less counts as this much: below it, a clock and a compiler say how it grows. */
export const atLeast = (points: readonly Point[], least: number): Point[] =>
  points.map(({ size, cost }) => ({ size, cost: Math.max(cost, least) }));
