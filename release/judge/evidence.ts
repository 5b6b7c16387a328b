/**
 * What was measured of both colours since the stage got its traffic. Plain JSON: a restarted guard
 * continues from what it recorded, and the same evidence always gives the same judgement.
 *
 * Every count is cumulative since the stage's traffic was written. Whoever measures has to bridge
 * counter resets, and pods that come and go.
 */
export interface Evidence {
  /** Seconds since the stage's traffic is in force. */
  readonly seconds: number;
  /** Percent of public traffic that the candidate was given: 100 in `switch`. */
  readonly weight: number;
  readonly baseline: Baseline;
  readonly candidate: ColourEvidence;
  /**
   * In `switch`, how long the candidate's answers took, a few seconds at a time, in order of time;
   * not looked at elsewhere.
   */
  readonly moments: readonly Moment[];
  /**
   * In `switch`, where the candidate's counts stood when its latest minutes began; left out,
   * failures are judged over all of it.
   */
  readonly minutes?: readonly MinuteMark[];
  /**
   * What could not be read in this look, one line each; nothing passes while anything is unread.
   */
  readonly unread: readonly string[];
}

/** What the candidate is compared with. */
export type Baseline =
  /** The active colour, at the same moment. */
  | { readonly kind: "concurrent"; readonly colour: ColourEvidence }
  /**
   * In `switch`: the old colour's record at the last rung that both shared, which took `seconds`.
   */
  | { readonly kind: "recorded"; readonly seconds: number; readonly colour: ColourEvidence }
  /** In `switch` without a rung before it: only the absolute limits hold. */
  | { readonly kind: "none" };

/** One colour, all its pods together; null for what could not be measured at all. */
export interface ColourEvidence {
  readonly requests: RequestCounts | null;
  readonly durations: Histogram | null;
  /** Every pod seen since the stage began; the judge looks at those seen recently. */
  readonly pods: readonly PodEvidence[];
  /** Signals from the database for the colour's own login; left out where they are not read. */
  readonly database?: DatabaseEvidence;
}

export interface RequestCounts {
  /** Requests answered or given up. */
  readonly count: number;
  /** Those of them that failed. */
  readonly failures: number;
}

/** A cumulative histogram, as Prometheus has it. */
export interface Histogram {
  /** Upper bounds in seconds, ascending, without the infinite one. */
  readonly bounds: readonly number[];
  /** For each bound, how many requests took at most as long. */
  readonly atMost: readonly number[];
  /** All requests measured. */
  readonly count: number;
}

/** What had been counted when a minute of the stage began, or at the first look after that. */
export interface MinuteMark {
  /** Minutes of the stage that were over. */
  readonly minute: number;
  readonly requests: RequestCounts;
}

/** Some seconds of a stage. */
export interface Moment {
  /** When it ended, in seconds since the stage's traffic is in force. */
  readonly at: number;
  /**
   * The quantiles of its requests in seconds, by share; one for which there were too few requests
   * is left out.
   */
  readonly quantiles: Readonly<Record<string, number>>;
}

export interface PodEvidence {
  readonly name: string;
  /**
   * In order of time. May be thinned: the judge needs six in the last third of the stage, and some
   * from its start.
   */
  readonly samples: readonly PodSample[];
}

export interface PodSample {
  /** Seconds since the stage's traffic is in force. */
  readonly at: number;
  /** CPU in use, in cores; null where not measured. */
  readonly cores: number | null;
  /** Working set, in bytes; null where not measured. */
  readonly bytes: number | null;
}

/** Cumulative, like requests. */
export interface DatabaseEvidence {
  /** Samples of the colour's sessions, and those of them that waited for a lock. */
  readonly sessions: number;
  readonly lockWaits: number;
  /**
   * Samples of its running statements, and those of them that had run longer than the limit for a
   * slow one.
   */
  readonly statements: number;
  readonly slowStatements: number;
  /** Rows found on which old and new form disagree; null where not looked for. */
  readonly mismatches: number | null;
}
