import type { Condition, MigrationEnd } from "../state/catalog.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import type { Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/**
 * How a change waits for its locks. `brief`: everybody else would queue behind it, so it gives up
 * after a moment and tries again. `patient`: waits without anybody noticing. `none`: nothing to
 * wait for.
 */
export type LockClass = "brief" | "patient" | "none";

/**
 * One change of the schema, made whole or not at all, and recorded in the ledger in the
 * same transaction.
 */
export interface Change {
  readonly kind: "change";
  readonly migration: string;
  /** Its name in the ledger; unique within the migration. */
  readonly name: string;
  /** What it does, for people. */
  readonly label: string;
  /**
   * Nothing but the ledger changes when empty. One transaction; exactly one statement
   * when `outside`.
   */
  readonly sql: readonly Sql[];
  readonly lock: LockClass;
  /** Runs outside of a transaction, as PostgreSQL demands for CONCURRENTLY. */
  readonly outside: boolean;
  /** Not run when this holds. */
  readonly done: Condition;
  /** Schemas in which names without one are looked up, first to last. */
  readonly searchPath: readonly string[];
  /** What the ledger says of the migration from then on. */
  readonly state: MigrationEnd | null;
  /** An index to drop first when an earlier attempt left it invalid. */
  readonly leftover: string | null;
  /**
   * A step to record before a statement outside of a transaction runs, so that what it leaves is
   * known even if it is interrupted; null: none.
   */
  readonly foretold: string | null;
  /** Steps, and the progress of walks, that the ledger forgets with the change. */
  readonly forgets: readonly string[];
  /** Where the user's own statements among `sql` come from. */
  readonly origins: ReadonlyMap<Sql, ParsedStatement>;
  /** The idle login must have no connection at the moment of the change. */
  readonly vacated: boolean;
  /** All its statements see the same rows, whatever others write meanwhile. */
  readonly snapshot: boolean;
}

/** One pass over a table: in key order and in small steps, but for `prove-archive`. */
export interface Walk {
  readonly kind: "walk";
  readonly migration: string;
  readonly name: string;
  readonly label: string;
  readonly work:
    "round-trip" | "backfill" | "verify" | "archive-old" | "prove-archive" | "archive-new" | "bring-back";
  readonly active: ActiveMapping;
  /** In the ledger's schema, what `bring-back` reads. */
  readonly archive?: string;
  /** Whether an interrupted walk goes on where it was; otherwise it begins again. */
  readonly resumes: boolean;
  readonly done: Condition;
}

/** A part of the way to a goal. */
export type Statement = Change | Walk;

/** A change with the usual rest. */
export function change(
  parts: Pick<Change, "migration" | "name" | "label" | "done"> & Partial<Omit<Change, "kind">>,
): Change {
  return {
    kind: "change",
    sql: [],
    lock: "none",
    outside: false,
    searchPath: [],
    state: null,
    leftover: null,
    foretold: null,
    forgets: [],
    origins: new Map(),
    vacated: false,
    snapshot: false,
    ...parts,
  };
}
