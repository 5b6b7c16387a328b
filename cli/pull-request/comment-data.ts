/** What a pull request's comment is made of. */
export interface PullRequestParts {
  readonly stacks: readonly StackPart[];
  /**
   * What lint says about the migrations of the checkout, with the locks that their statements take.
   */
  readonly lint: LintPart;
  /** The commit that was checked; null outside of a checkout. */
  readonly commit: string | null;
}

/** What merging would do to one stack. */
export interface StackPart {
  readonly stack: string;
  /** The stage in plain words; empty where the preview failed before it was known. */
  readonly plan: readonly string[];
  /** Why the move is refused, or why the preview failed; empty where it went through. */
  readonly refusals: readonly string[];
  /** The engine's diff of resources. */
  readonly diff: string;
  /** Resources by what would happen to them, as the engine counts them: create, update, same … */
  readonly changes: Readonly<Record<string, number>>;
}

export interface LintPart {
  readonly lines: readonly string[];
  /** Whether an error is among them. */
  readonly isBroken: boolean;
}

/** Whether a pull request with these parts should not be merged as it is. */
export const isRefused = ({ stacks, lint }: PullRequestParts): boolean =>
  lint.isBroken || stacks.some(({ refusals }) => refusals.length > 0);
