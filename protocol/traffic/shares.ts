import { WORKLOADS, type Weights } from "../../release/workload.ts";

/** Whether both give everybody the same; one that is not named gets nothing. */
export const isSameTraffic = (one: Weights, two: Weights): boolean =>
  WORKLOADS.every((workload) => (one[workload] ?? 0) === (two[workload] ?? 0));

/** The traffic in words. */
export const describeTraffic = (weights: Weights): string =>
  Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    // What people have written by hand need not be whole.
    .map(([workload, weight]) => `${workload} ${Math.round(weight * 10) / 10} %`)
    .join(", ") || "nobody";
