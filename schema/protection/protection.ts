/** What a policy or a privilege is about. */
export type Command = "select" | "insert" | "update" | "delete";

export const COMMANDS: readonly Command[] = ["select", "insert", "update", "delete"];

/** The name that stands for every role. */
export const PUBLIC = "public";

/**
 * What the catalog says now of all that protects columns or follows them, and is no part of the
 * columns themselves.
 */
export interface Protection {
  /** Tables of the application's schema by name; only those that were asked for and exist. */
  readonly tables: Readonly<Record<string, TableProtection>>;
  /** What default privileges give to a table that the owner creates in the application's schema. */
  readonly defaultGrants: readonly Grant[];
  /**
   * By name of a role that has any of these privileges, the other such roles whose privileges it
   * has too.
   */
  readonly memberships: Readonly<Record<string, readonly string[]>>;
  /** Publications that send every table that is created in the application's schema. */
  readonly publicationsOfAll: readonly Publication[];
  /** Logical replication slots of this database. */
  readonly slots: readonly Slot[];
}

export interface TableProtection {
  readonly rowSecurity: boolean;
  readonly policies: readonly Policy[];
  /** Privileges on the table as a whole, without its owner's. */
  readonly grants: readonly Grant[];
  /** `d`: by primary key, `f`: by the whole row, `i`: by an index, `n`: not at all. */
  readonly replicaIdentity: string;
  readonly publications: readonly Publication[];
  /** Subscriptions whose changes are written into the table. */
  readonly subscriptions: readonly string[];
  readonly columns: Readonly<Record<string, ColumnProtection>>;
}

export interface ColumnProtection {
  /** Privileges on this column alone, without the owner's. */
  readonly grants: readonly Grant[];
  readonly labels: readonly Label[];
  /**
   * Policies of this and of other tables that read it, where row security is enabled for
   * their table.
   */
  readonly policies: readonly Policy[];
  readonly comment: string | null;
  /**
   * Statements that would give another column the same settings, from ALTER COLUMN's name on:
   * `SET STATISTICS 500`.
   */
  readonly settings: readonly string[];
  /** Definitions of extended statistics that it is a part of. */
  readonly statistics: readonly string[];
}

export interface Grant {
  /** The role, or `public`. */
  readonly grantee: string;
  /** In lower case: `select`, `references`. */
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Policy {
  readonly name: string;
  readonly table: string;
  /** Whether rows that it lets through are seen, rather than others hidden. */
  readonly permissive: boolean;
  readonly commands: readonly Command[];
  /** Roles that it is for; `public`: all. */
  readonly roles: readonly string[];
  /** As PostgreSQL prints them; null: none, or (in a policy of a file) not printed. */
  readonly using: string | null;
  readonly check: string | null;
  /** Other tables whose rows its conditions look at. */
  readonly asks: readonly string[];
  /** Whether it lets every row through. */
  readonly isOpen: boolean;
}

export interface Label {
  readonly provider: string;
  readonly label: string;
}

export interface Publication {
  readonly name: string;
  readonly of: "table" | "schema" | "all";
  /** Whether only listed columns are sent. */
  readonly listsColumns: boolean;
  /** Columns in its list or its row filter. */
  readonly columns: readonly string[];
}

export interface Slot {
  readonly name: string;
  /** Only `pgoutput` asks publications what to send. */
  readonly plugin: string;
}
