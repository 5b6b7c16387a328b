import type { Histogram } from "./evidence.ts";

/**
 * Seconds that `share` of the requests took at most, evenly between two bounds; null above the
 * highest bound, or without requests.
 */
export function quantile({ bounds, atMost, count }: Histogram, share: number): number | null {
  const rank = share * count;
  const bucket = atMost.findIndex((below) => below >= rank && below > 0);
  if (bucket < 0 || count === 0) return null;
  const [from, to] = [bounds[bucket - 1] ?? 0, bounds[bucket] ?? 0];
  const [below, upTo] = [atMost[bucket - 1] ?? 0, atMost[bucket] ?? 0];
  return upTo === below ? to : from + ((to - from) * (rank - below)) / (upTo - below);
}

/** A quantile is reported only with at least this many requests above it. */
const LEAST_ABOVE = 5;

/** Whether there are enough requests to estimate a quantile. */
export const isTold = ({ count }: Histogram, share: number): boolean => count * (1 - share) >= LEAST_ABOVE;

/**
 * The quantile, or null if there are too few samples. Above the highest bound it counts as that
 * bound, the least that it can be.
 */
export const toldQuantile = (histogram: Histogram, share: number): number | null =>
  isTold(histogram, share) ? (quantile(histogram, share) ?? histogram.bounds.at(-1) ?? 0) : null;

/** What was counted since a histogram was `before`; null: since it was empty. */
export function since(before: Histogram | null, now: Histogram): Histogram {
  const earlier = (bound: number) => before?.atMost[before.bounds.indexOf(bound)] ?? 0;
  return {
    bounds: now.bounds,
    atMost: now.bounds.map((bound, at) => (now.atMost[at] ?? 0) - earlier(bound)),
    count: now.count - (before?.count ?? 0),
  };
}

/**
 * How many requests took longer, evenly between two bounds; above the highest bound, as many as are
 * above that one.
 */
export function slowerThan({ bounds, atMost, count }: Histogram, limit: number): number {
  const bucket = bounds.findIndex((bound) => bound >= limit);
  if (bucket < 0) return count - (atMost.at(-1) ?? 0);
  const [from, to] = [bounds[bucket - 1] ?? 0, bounds[bucket] ?? 0];
  const [below, upTo] = [atMost[bucket - 1] ?? 0, atMost[bucket] ?? 0];
  const share = to > from ? (limit - from) / (to - from) : 1;
  return count - (below + (upTo - below) * share);
}

/** Both histograms on the bounds that they share. */
export function aligned(one: Histogram, two: Histogram): readonly [Histogram, Histogram] {
  const shared = one.bounds.filter((bound) => two.bounds.includes(bound));
  if (shared.length === one.bounds.length && shared.length === two.bounds.length) return [one, two];
  return [on(one, shared), on(two, shared)];
}

const on = ({ bounds, atMost, count }: Histogram, shared: readonly number[]): Histogram => ({
  bounds: shared,
  atMost: shared.map((bound) => atMost[bounds.indexOf(bound)] ?? 0),
  count,
});
