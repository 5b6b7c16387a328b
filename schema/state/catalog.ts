import type { Comparison } from "../sql/compare.ts";
import type { MigrationFiles } from "../migration/migration-files.ts";
import type { LimitedDomain } from "../sql/stored-type.ts";

/** What the catalog says now about the tables that a release touches. */
export interface Facts {
  /** As in `server_version_num`: 180004. */
  readonly serverVersion: number;
  /** Tables of the application's schema by name; only those that were asked for. */
  readonly tables: Readonly<Record<string, TableFacts>>;
  /** Names of all tables of the application's schema. */
  readonly tableNames: readonly string[];
  /**
   * Who may create something in the application's schema besides its owner, the tables'
   * owner and superusers.
   */
  readonly creators: readonly Creator[];
  /** Schemas of this tool that exist: the ledger's and the migrations'. */
  readonly schemas: readonly string[];
  /** Body of each function in those schemas, by `schema.function`. */
  readonly functions: Readonly<Record<string, string>>;
  /** Columns of the tables in the ledger's schema, archives among them. */
  readonly ledgerTables: Readonly<Record<string, readonly string[]>>;
  readonly limitedDomains: readonly LimitedDomain[];
  /**
   * Names of the types in the application's schema, but those that PostgreSQL has one of
   * its own of.
   */
  readonly ownTypes: readonly string[];
  /**
   * Roles and databases that set what makes our triggers look away, as `ALTER` names them:
   * `ROLE "shop"`.
   */
  readonly silencedFor: readonly string[];
}

/** A role that was granted CREATE in a schema. */
export interface Creator {
  /** Null: PUBLIC. */
  readonly role: string | null;
  /** Logins that have the right by membership in the role. */
  readonly logins: readonly string[];
}

export interface TableFacts {
  /** As in `pg_class.relkind`: `r` is an ordinary table, `p` a partitioned one. */
  readonly kind: string;
  /** Whether the migrator may change it. */
  readonly owned: boolean;
  readonly ownerName: string;
  /** Row level security that binds the owner too. */
  readonly forcedRowSecurity: boolean;
  /** Row level security that binds everybody else. */
  readonly rowSecurity: boolean;
  /** Tables that it inherits from; of a partition, the table that it is a part of. */
  readonly parents: readonly string[];
  readonly isPartition: boolean;
  /** Tables that inherit from it. */
  readonly children: readonly string[];
  /** The planner's estimate; -1 before the first ANALYZE. */
  readonly estimatedRows: number;
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  /**
   * Column lists of the primary key and of unique constraints or indexes without NULL, expression
   * or condition.
   */
  readonly keys: readonly (readonly string[])[];
  readonly primaryKey: readonly string[];
  /**
   * Columns of the index by which logical replication knows rows, where that was chosen by hand.
   */
  readonly replicaIdentity: readonly string[];
  readonly indexes: Readonly<Record<string, IndexFacts>>;
  readonly constraints: Readonly<Record<string, ConstraintFacts>>;
  /** Names of all triggers, in the order in which they run. */
  readonly triggers: readonly string[];
  /** As in `pg_trigger.tgenabled`, by name: `A` fires always, `D` never. */
  readonly triggerStates: Readonly<Record<string, string>>;
  /** Its rules that do something else instead. */
  readonly redirections: readonly Redirection[];
  /** Those that run for each row and are not disabled, in the same order. */
  readonly rowTriggers: readonly TriggerFacts[];
}

/** A rule that puts something else in the place of a statement. */
export interface Redirection {
  readonly name: string;
  readonly event: "insert" | "update" | "delete";
}

export interface TriggerFacts {
  readonly name: string;
  readonly timing: "before" | "after";
  readonly events: readonly ("insert" | "update" | "delete")[];
  /** Columns of its UPDATE OF; none where any update fires it. */
  readonly columns: readonly string[];
}

export interface IndexFacts {
  readonly valid: boolean;
  readonly unique: boolean;
  /** Whether a constraint owns it, so that it comes and goes with that. */
  readonly owned: boolean;
  /** Columns that it is made of, in its key, its expressions or its condition. */
  readonly columns: readonly string[];
  /** As PostgreSQL prints it: `CREATE INDEX …`. */
  readonly definition: string;
}

export interface ConstraintFacts {
  readonly validated: boolean;
  /**
   * As in `pg_constraint.contype`: `c` is a check, `f` a foreign key, `u` a unique one, `p` the
   * primary key.
   */
  readonly type: string;
  readonly columns: readonly string[];
  /** As PostgreSQL prints it: `CHECK (…)`. */
  readonly definition: string;
}

export interface ColumnFacts {
  /** As PostgreSQL prints it: `character varying(20)`. */
  readonly type: string;
  /** The schema in which its type lives. */
  readonly typeSchema: string;
  /** How its values are compared; null where its type has no operators for that. */
  readonly comparison: Comparison | null;
  /** Whether equal values of it are the same to the last byte. */
  readonly exact: boolean;
  /** Whether a text of any length and content fits. */
  readonly isText: boolean;
  readonly notNull: boolean;
  readonly generated: boolean;
  readonly identity: boolean;
  /** Whether a parent of its table has it too. */
  readonly inherited: boolean;
  /** Quoted name of its collation, where it is not its type's own. */
  readonly collation: string | null;
  /** Text of its default; null when it has none. */
  readonly default: string | null;
  /**
   * Text of the default that its type, a domain, gives it where it has none of its own. Not in what
   * a ledger of the version before recorded.
   */
  readonly typeDefault?: string | null;
}

/** One thing about catalog and ledger that may hold or not. */
export type Condition =
  | { readonly is: "recorded"; readonly migration: string; readonly step: string }
  | { readonly is: "state"; readonly migration: string; readonly in: readonly (MigrationState | "absent")[] }
  | { readonly is: "table"; readonly table: string }
  | { readonly is: "column"; readonly table: string; readonly column: string }
  | { readonly is: "required"; readonly table: string; readonly column: string }
  | { readonly is: "index"; readonly table: string; readonly index: string; readonly valid: boolean }
  | {
      readonly is: "constraint";
      readonly table: string;
      readonly constraint: string;
      readonly validated: boolean;
    }
  | { readonly is: "trigger"; readonly table: string; readonly trigger: string }
  | {
      readonly is: "function";
      readonly schema: string;
      readonly function: string;
      readonly body: string | null;
    }
  | { readonly is: "schema"; readonly schema: string }
  | { readonly is: "ledger-table"; readonly table: string }
  | { readonly is: "not"; readonly of: Condition }
  | { readonly is: "all"; readonly of: readonly Condition[] }
  | { readonly is: "any"; readonly of: readonly Condition[] };

/** How far a migration is; the ledger's word. */
export type MigrationState = "expanding" | "expanded" | "filled" | "contracting" | "finished";

/**
 * What becomes of a migration's row: a state, or nothing is left of it (`absent`), or (`restored`,
 * of a way back that has ended) nothing of it nor of the migration that it takes back.
 */
export type MigrationEnd = MigrationState | "absent" | "restored";

/** What the ledger says. */
export interface Ledger {
  /** The newest number of a runner that has worked here. */
  readonly number: number;
  readonly migrations: Readonly<Record<string, LedgerMigration>>;
  /** Time and number of the newest event of each name. */
  readonly events: Readonly<
    Record<string, { readonly at: string; readonly secondsAgo: number; readonly number: number }>
  >;
}

export interface LedgerMigration {
  readonly state: MigrationState;
  readonly files: MigrationFiles;
  /** Names of the steps that are done. */
  readonly steps: readonly string[];
}

/** Whether a condition holds; the one place where facts are judged. */
export function holds(condition: Condition, facts: Facts, ledger: Ledger): boolean {
  switch (condition.is) {
    case "recorded":
      return ledger.migrations[condition.migration]?.steps.includes(condition.step) ?? false;
    case "state":
      return condition.in.includes(ledger.migrations[condition.migration]?.state ?? "absent");
    case "table":
      return facts.tableNames.includes(condition.table);
    case "column":
      return facts.tables[condition.table]?.columns[condition.column] !== undefined;
    case "required":
      return facts.tables[condition.table]?.columns[condition.column]?.notNull ?? false;
    case "index": {
      const index = facts.tables[condition.table]?.indexes[condition.index];
      return index !== undefined && (index.valid || !condition.valid);
    }
    case "constraint": {
      const constraint = facts.tables[condition.table]?.constraints[condition.constraint];
      return constraint !== undefined && (constraint.validated || !condition.validated);
    }
    case "trigger":
      return facts.tables[condition.table]?.triggers.includes(condition.trigger) ?? false;
    case "function": {
      const body = facts.functions[`${condition.schema}.${condition.function}`];
      return body !== undefined && (condition.body === null || body === condition.body);
    }
    case "schema":
      return facts.schemas.includes(condition.schema);
    case "ledger-table":
      return facts.ledgerTables[condition.table] !== undefined;
    case "not":
      return !holds(condition.of, facts, ledger);
    case "all":
      return condition.of.every((one) => holds(one, facts, ledger));
    case "any":
      return condition.of.some((one) => holds(one, facts, ledger));
  }
}
