/** The part of `canary` in config that the judge goes by. */
export interface Limits {
  /**
   * Percentages of public traffic that the canary climbs; the false alarms allowed are shared among
   * these and `switch`.
   */
  readonly rungs: readonly number[];
  /**
   * Seconds that every rung, and the soak in `switch`, lasts at least before it may pass. Range: 0
   * or more. Default: 120.
   */
  readonly minimumSeconds: number;
  /**
   * How often a candidate no worse than the baseline may be failed, as a share of whole releases:
   * over all rungs, all looks, failures and durations together. Range: above 0, below 0.5. Default:
   * 0.01.
   */
  readonly falseAlarms: number;
  /**
   * How often a rung may pass although the candidate is worse by just what is to be ruled out, as a
   * share of rungs, over all looks. Range: above 0, below 0.5. Default: 0.05.
   */
  readonly misses: number;
  readonly failures: FailureLimits;
  /** Null: durations are not judged. */
  readonly durations: DurationLimits | null;
  /** Null: CPU is not judged. Least amount in cores. */
  readonly cpu: PodLimits | null;
  /** Null: memory is not judged. Least amount in bytes. */
  readonly memory: PodLimits | null;
}

export interface FailureLimits {
  /**
   * A proven increase of the share of failed requests fails the candidate unless it is smaller than
   * this. Range: 0 to 1. Default: 0.001, one more request in a thousand.
   */
  readonly negligible: number;
  /**
   * An increase of the share of failed requests that must be ruled out before a rung passes. The
   * smaller, the more requests that takes: some 500 at the default without failures, some 1,000
   * where 0.5 % fail. In `switch` also how far above its record the share may be proven to be, as
   * the hour may be another. Range: `negligible` to 1. Default: 0.01.
   */
  readonly ruledOut: number;
  /**
   * In `switch`, the share of failed requests that is too many whatever the record says (but never
   * less than the record); where there is no record, the only limit. Range: 0 to 1. Default: 0.02.
   */
  readonly absolute: number;
  /**
   * With fewer failed requests of the candidate nothing is proven: one user's reload is no
   * evidence. Range: 2 or more. Default: 3.
   */
  readonly atLeast: number;
}

export interface DurationLimits {
  /** Quantiles that are held to the limits. Range: above 0, below 1. Default: 0.5 and 0.95. */
  readonly quantiles: readonly number[];
  /**
   * How many times the baseline's quantile the candidate's may be. Range: above 1. Default: 1.5.
   */
  readonly relative: number;
  /** Slower by less than this many seconds is never too slow. Range: 0 or more. Default: 0.01. */
  readonly negligible: number;
  /**
   * In `switch`, seconds that are too slow for the highest of the quantiles, whatever the record
   * says; null: none. Default: null. Like the limits by record it is proven by moments of the soak,
   * not by requests: see `judgeDurations` for how long that takes.
   */
  readonly absolute: number | null;
}

export interface PodLimits {
  /**
   * How many times as much as a pod of the baseline one of the candidate may use, at the same load.
   * Range: above 1. Default: 1.5.
   */
  readonly relative: number;
  /** An excess below this is never too much. Range: 0 or more. Default: 0.1 cores, 32 MiB. */
  readonly negligible: number;
  /**
   * In `switch`, what is too much for one pod, whatever the record says; null: none. Default: null.
   */
  readonly absolute: number | null;
}

/** Limits by which everything is judged. */
interface Judged {
  readonly durations: DurationLimits;
  readonly cpu: PodLimits;
  readonly memory: PodLimits;
}

/** The defaults, for what config leaves out. */
export const DEFAULT_LIMITS: Limits & Judged = {
  rungs: [1, 5, 25, 50],
  minimumSeconds: 120,
  falseAlarms: 0.01,
  misses: 0.05,
  failures: { negligible: 0.001, ruledOut: 0.01, absolute: 0.02, atLeast: 3 },
  durations: { quantiles: [0.5, 0.95], relative: 1.5, negligible: 0.01, absolute: null },
  cpu: { relative: 1.5, negligible: 0.1, absolute: null },
  memory: { relative: 1.5, negligible: 32 * 1024 * 1024, absolute: null },
};
