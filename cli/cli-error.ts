/** How `zd` ends, and the exit code for it. */
export const EXIT_CODES = {
  /** Done. */
  done: 0,
  /** A stage did not complete, or something broke. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The gate refuses the move; nothing was changed. */
  refused: 3,
  /** `zd run` stopped because the judge's verdict is not a pass. */
  verdict: 4,
  /** Another `up` is at work on this stack. */
  busy: 5,
  /** Cluster, database, registry or state cannot be reached. */
  unreachable: 6,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

export type Ending = keyof typeof EXIT_CODES;

/** An error for people, with what to do about it; never a stack trace. */
export class Trouble extends Error {
  override readonly name = "Trouble";
  readonly ending: Exclude<Ending, "done">;
  /** What to type next. */
  readonly advice: string;

  /**
   * @param message what was attempted, the rule, the value found, and what is true now
   * @param advice what to type next
   */
  constructor(ending: Exclude<Ending, "done">, message: string, advice: string) {
    super(message);
    this.ending = ending;
    this.advice = advice;
  }
}
