/**
 * What happens when a statement is run as it stands. A statement with a refusing one is not run.
 */
export const CONSEQUENCES = {
  "destroys-data": { refuses: true, meaning: "rows or values are gone, and nobody was asked" },
  "breaks-the-running-version": {
    refuses: true,
    meaning: "the version that serves meets what it does not expect",
  },
  "blocks-reads-and-writes": {
    refuses: true,
    meaning: "nobody reads or writes the table while all of it is read or written again",
  },
  "blocks-writes": {
    refuses: true,
    meaning: "nobody writes the table, or its rows, while all of it is read",
  },
  fails: { refuses: true, meaning: "PostgreSQL or the release's own steps refuse it" },
  "escapes-the-release": {
    refuses: true,
    meaning: "the release could not guard it, repeat it or take it back",
  },
  "may-block": { refuses: false, meaning: "whether it rewrites cannot be known from the files alone" },
  "may-surprise": { refuses: false, meaning: "it runs, and does something that is easily overlooked" },
} as const;

export type Consequence = keyof typeof CONSEQUENCES;

/** One thing that is wrong with a statement. */
export interface Finding {
  /** The rule that found it; what an allowance names. */
  readonly rule: string;
  readonly consequence: Consequence;
  readonly why: string;
  /** The safe form, with the statement's own names; null when there is none. */
  readonly instead: string | null;
  /** The reason for which it is allowed in its place; null: it is not. */
  readonly allowed: string | null;
}

/** Whether the finding keeps the migration from being run. */
export function isRefusal({ consequence, allowed }: Finding): boolean {
  return CONSEQUENCES[consequence].refuses && allowed === null;
}

/** The finding in one sentence, without its safe form. */
export function told({ rule, consequence, why }: Pick<Finding, "rule" | "consequence" | "why">): string {
  return `${consequence.replaceAll("-", " ")}: ${why} (${rule})`;
}
