/**
 * The tables of the ledger, and their columns: the migrate Job creates and writes them, `zd` reads
 * them. Ledgers of every format exist, so nothing here is ever renamed or removed, only added.
 */
export const LEDGER_TABLES = {
  /** The newest runner's number. */
  fence: ["single", "number"],
  /** Migrations that have begun, and how far they are. */
  migration: ["id", "state", "files", "number", "at"],
  /** What was done for a migration. */
  step: ["migration", "name", "number", "seconds", "at"],
  /** How far each walk over a table is. */
  progress: [
    ...["migration", "walk", "cursor", "until", "rows", "batches", "seconds", "expected"],
    ...["rows_per_second", "paused", "at"],
  ],
  /** The tables as they were before a migration dropped a part of them. */
  shape: ["migration", "tables"],
  /** Progress for people, a view. */
  status: [
    ...["migration", "state", "walk", "done", "rows", "expected", "percent", "rows_per_second"],
    ...["seconds_left", "paused", "at"],
  ],
  /** Written now and then, to measure how long a write takes. */
  pulse: ["single", "at"],
  /** What happened, in order. */
  event: ["id", "name", "migration", "number", "stage", "at"],
  /** What was added since the first format. */
  upgrade: ["format", "at"],
  /** The number of the newest attempt. */
  attempt: ["single", "number", "fence"],
  /** Whose ledger it is. */
  identity: ["single", "application", "schema_name", "stack", "owner", "since"],
  /** Since when each archive exists. */
  archive: ["name", "migration", "at"],
  /** What keeps two forms in step, as it was created. */
  definition: ["kind", "within", "name", "text"],
} as const;

export type LedgerTable = keyof typeof LEDGER_TABLES;

/** The columns of a table; the compiler refuses one that it does not have. */
export type LedgerColumn<Table extends LedgerTable> = (typeof LEDGER_TABLES)[Table][number];

/** Writes columns of a table as they stand in a query, after the alias that the table has there. */
export const columnsOf =
  <Table extends LedgerTable>(_table: Table, alias?: string) =>
  (...names: readonly LedgerColumn<Table>[]): string =>
    names.map((name) => (alias === undefined ? name : `${alias}.${name}`)).join(", ");
