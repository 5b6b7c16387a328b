/** An end of the job that is nobody's fault but a rule's: its message is the whole answer. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  /** Figures and names for programs. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.facts = facts;
  }
}

/**
 * An end by deadline, signal or somebody else's lock: the same run, repeated, goes on from there.
 */
export class Interruption extends Refusal {
  override readonly name: string = "Interruption";
}
