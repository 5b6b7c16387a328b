/** `inconclusive` holds the rung: too little traffic, or something that cannot be measured. */
export const VERDICTS = ["pass", "fail", "inconclusive"] as const;
export type Verdict = (typeof VERDICTS)[number];

const METRICS = ["failures", "durations", "cpu", "memory", "database"] as const;
export type Metric = (typeof METRICS)[number];

/** What the judge makes of the evidence. Plain JSON. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One line for people, with the numbers. */
  readonly sentence: string;
  readonly findings: readonly Finding[];
  /**
   * What is missing for a pass, one line each; empty with any other verdict than `inconclusive`.
   */
  readonly missing: readonly string[];
}

/** What one metric says. Shares of requests, seconds, cores or bytes, as the metric has it. */
export interface Finding {
  readonly metric: Metric;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** Best estimates; null where there is none yet. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /**
   * The most that the candidate may add, or be above the baseline, by what is known so far; null
   * where nothing is.
   */
  readonly upperBound: number | null;
  /** What `upperBound` must get below for a pass. */
  readonly limit: number | null;
  /**
   * Evidence that the candidate is worse, as the winnings of a bet that it is: 1 is no evidence. A
   * candidate that is no worse reaches `proof` in at most one of `proof` stages, however often one
   * looks. Null for what is compared with a limit without a bet.
   */
  readonly evidence: number | null;
  readonly proof: number | null;
  /**
   * About how many more requests of the candidate a pass needs, if their failures and durations
   * stay within the limits; null where more requests are not what is missing.
   */
  readonly requestsMissing: number | null;
}

/** The finding for a metric that could not be measured. */
export const unmeasuredMetric = (metric: Metric, why: string): Finding => ({
  metric,
  verdict: "inconclusive",
  sentence: why,
  baseline: null,
  candidate: null,
  upperBound: null,
  limit: null,
  evidence: null,
  proof: null,
  requestsMissing: null,
});
