import type { Weights } from "../../release/workload.ts";

/**
 * Weight of the public traffic by the name of the Service that gets it; 100 in all where this
 * program wrote it.
 */
export type Shares = Readonly<Record<string, number>>;

/** Whether both give everybody the same; one that is not named gets nothing. */
export const isSameTraffic = (one: Shares, two: Shares): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(two)])].every(
    (key) => (one[key] ?? 0) === (two[key] ?? 0),
  );

/** The traffic in words: by Service, or by workload. */
export const describeTraffic = (weights: Shares | Weights): string =>
  Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([name, weight]) => `${name} ${weight} %`)
    .join(", ") || "nobody";
