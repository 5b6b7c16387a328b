/** An end of the job that is nobody's fault but a rule's: its message is the whole answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** Figures and names for programs. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.facts = facts;
  }
}
