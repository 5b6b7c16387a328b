import type { LedgerTable } from "../../../protocol/state/ledger-tables.ts";
import { LEDGER_SCHEMA } from "../../../schema/sql/names.ts";
import { identifier, literal, sql, type Sql } from "../../../schema/sql/sql.ts";

/** A table of the ledger, by its own name. */
export const ledgerTable = (name: LedgerTable): Sql => identifier(LEDGER_SCHEMA, name);

/**
 * The ledger in its first format. Ledgers of that format exist, so it stays as it is: additions go
 * into `FORMATS`.
 */
export const TABLES: readonly Sql[] = [
  sql`CREATE SCHEMA ${identifier(LEDGER_SCHEMA)}`,
  sql`COMMENT ON SCHEMA ${identifier(LEDGER_SCHEMA)} IS 'What releases did to the application''s schema, and what they archived. Written by the migrate job only.'`,
  sql`CREATE TABLE ${ledgerTable("fence")} (single boolean PRIMARY KEY DEFAULT true CHECK (single), number bigint NOT NULL)`,
  sql`COMMENT ON TABLE ${ledgerTable("fence")} IS 'The newest runner''s number; an older one refuses to work.'`,
  sql`CREATE TABLE ${ledgerTable("migration")} (id text PRIMARY KEY, state text NOT NULL, files jsonb NOT NULL, number bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
  sql`COMMENT ON TABLE ${ledgerTable("migration")} IS 'Migrations that have begun, how far they are, and the whole text of their files when they did.'`,
  sql`CREATE TABLE ${ledgerTable("step")} (migration text NOT NULL REFERENCES ${ledgerTable("migration")} ON DELETE CASCADE, name text NOT NULL, number bigint NOT NULL, seconds double precision NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (migration, name))`,
  sql`CREATE TABLE ${ledgerTable("progress")} (migration text NOT NULL REFERENCES ${ledgerTable("migration")} ON DELETE CASCADE, walk text NOT NULL, cursor jsonb, until jsonb, rows bigint NOT NULL, batches bigint NOT NULL, seconds double precision NOT NULL, expected bigint, rows_per_second double precision NOT NULL, paused text, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (migration, walk))`,
  sql`COMMENT ON TABLE ${ledgerTable("progress")} IS 'The last key that each walk over a table has done, and what it counted.'`,
  sql`CREATE TABLE ${ledgerTable("shape")} (migration text PRIMARY KEY REFERENCES ${ledgerTable("migration")} ON DELETE CASCADE, tables jsonb NOT NULL)`,
  sql`COMMENT ON TABLE ${ledgerTable("shape")} IS 'How the tables were before a migration dropped a part of them: what its way back brings back.'`,
  sql`CREATE VIEW ${ledgerTable("status")} AS
SELECT p.migration, m.state, p.walk, (s.name IS NOT NULL) AS done, p.rows, p.expected,
  CASE WHEN s.name IS NOT NULL THEN 100 WHEN p.expected > 0 THEN least(99, floor(100.0 * p.rows / p.expected))::int END AS percent,
  round(p.rows_per_second) AS rows_per_second,
  CASE WHEN s.name IS NOT NULL THEN 0 WHEN p.expected >= p.rows AND p.rows_per_second > 0 THEN ceil((p.expected - p.rows) / p.rows_per_second) END AS seconds_left,
  p.paused, p.at
FROM ${ledgerTable("progress")} AS p JOIN ${ledgerTable("migration")} AS m ON m.id = p.migration
LEFT JOIN ${ledgerTable("step")} AS s ON (s.migration, s.name) = (p.migration, p.walk)`,
  sql`COMMENT ON VIEW ${ledgerTable("status")} IS 'How far each walk over a table is: rows done of those expected, rows per second over the last half minute, seconds left, and why it pauses now. As of its last step, at "at".'`,
  sql`CREATE TABLE ${ledgerTable("pulse")} (single boolean PRIMARY KEY DEFAULT true CHECK (single), at timestamptz)`,
  sql`COMMENT ON TABLE ${ledgerTable("pulse")} IS 'Written now and then during a backfill, to feel how long a write takes.'`,
  sql`INSERT INTO ${ledgerTable("pulse")} DEFAULT VALUES`,
  sql`CREATE TABLE ${ledgerTable("event")} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, migration text, number bigint NOT NULL, stage text NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
];

/** Names of the tables that keep what contract and undo would have lost. */
export const ARCHIVES = sql`(SELECT relname AS name FROM pg_catalog.pg_class WHERE relnamespace = ${literal(identifier(LEDGER_SCHEMA).text)}::pg_catalog.regnamespace AND relkind = 'r' AND relname ~ '^(old|new)_')`;

/** What a later version of the program added to the ledger. */
export interface Format {
  readonly number: number;
  readonly adds: readonly Sql[];
}

/** The first format that has the attempt's own number. */
export const ATTEMPT_FORMAT = 3;

/**
 * Every format after the first, in order. A jobs image of an older version still works on
 * the ledger until its release is over: a format adds tables, and columns with a default,
 * and changes or removes nothing. Rather a table: a column waits for everybody who reads,
 * a backup for instance.
 */
export const FORMATS: readonly Format[] = [
  {
    number: 2,
    adds: [
      sql`CREATE TABLE ${ledgerTable("upgrade")} (format integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
      sql`COMMENT ON TABLE ${ledgerTable("upgrade")} IS 'What was added to these tables since their first format, and when.'`,
    ],
  },
  {
    number: ATTEMPT_FORMAT,
    adds: [
      sql`CREATE TABLE ${ledgerTable("attempt")} (single boolean PRIMARY KEY DEFAULT true CHECK (single), number bigint NOT NULL, fence bigint NOT NULL)`,
      sql`COMMENT ON TABLE ${ledgerTable("attempt")} IS 'The number that the program gave the newest attempt, and the one that fence has for it: another where a clock was ahead.'`,
    ],
  },
  {
    number: 4,
    adds: [
      sql`CREATE TABLE ${ledgerTable("identity")} (single boolean PRIMARY KEY DEFAULT true CHECK (single), application text NOT NULL, schema_name text NOT NULL, stack text NOT NULL, owner text NOT NULL, since timestamptz NOT NULL DEFAULT now())`,
      sql`COMMENT ON TABLE ${ledgerTable("identity")} IS 'Whose ledger this is. Releases of another application, schema or stack are refused.'`,
    ],
  },
  {
    number: 5,
    adds: [
      sql`CREATE TABLE ${ledgerTable("archive")} (name text PRIMARY KEY, migration text, at timestamptz)`,
      sql`COMMENT ON TABLE ${ledgerTable("archive")} IS 'Since when each archive is there; without a time: since before that was noted.'`,
      sql`INSERT INTO ${ledgerTable("archive")} (name) SELECT name FROM ${ARCHIVES} AS found`,
    ],
  },
  {
    number: 6,
    adds: [
      sql`CREATE TABLE ${ledgerTable("definition")} (kind text NOT NULL, within text NOT NULL, name text NOT NULL, text text NOT NULL, PRIMARY KEY (kind, within, name))`,
      sql`COMMENT ON TABLE ${ledgerTable("definition")} IS 'The triggers, functions and columns that keep two forms in step, as they were when they were made.'`,
    ],
  },
];
