// The ledger as the first version of the program made it: text of its own, so that a change of
// today's does not reach it.
import type { TestDatabase } from "./postgres.ts";

const FIRST = `
CREATE TABLE zero_downtime.fence (single boolean PRIMARY KEY DEFAULT true CHECK (single), number bigint NOT NULL);
CREATE TABLE zero_downtime.migration (id text PRIMARY KEY, state text NOT NULL, files jsonb NOT NULL, number bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE zero_downtime.step (migration text NOT NULL REFERENCES zero_downtime.migration ON DELETE CASCADE, name text NOT NULL, number bigint NOT NULL, seconds double precision NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (migration, name));
CREATE TABLE zero_downtime.progress (migration text NOT NULL REFERENCES zero_downtime.migration ON DELETE CASCADE, walk text NOT NULL, cursor jsonb, until jsonb, rows bigint NOT NULL, batches bigint NOT NULL, seconds double precision NOT NULL, expected bigint, rows_per_second double precision NOT NULL, paused text, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (migration, walk));
CREATE TABLE zero_downtime.shape (migration text PRIMARY KEY REFERENCES zero_downtime.migration ON DELETE CASCADE, tables jsonb NOT NULL);
CREATE VIEW zero_downtime.status AS
SELECT p.migration, m.state, p.walk, (s.name IS NOT NULL) AS done, p.rows, p.expected,
  CASE WHEN s.name IS NOT NULL THEN 100 WHEN p.expected > 0 THEN least(99, floor(100.0 * p.rows / p.expected))::int END AS percent,
  round(p.rows_per_second) AS rows_per_second,
  CASE WHEN s.name IS NOT NULL THEN 0 WHEN p.expected >= p.rows AND p.rows_per_second > 0 THEN ceil((p.expected - p.rows) / p.rows_per_second) END AS seconds_left,
  p.paused, p.at
FROM zero_downtime.progress AS p JOIN zero_downtime.migration AS m ON m.id = p.migration
LEFT JOIN zero_downtime.step AS s ON (s.migration, s.name) = (p.migration, p.walk);
CREATE TABLE zero_downtime.pulse (single boolean PRIMARY KEY DEFAULT true CHECK (single), at timestamptz);
CREATE TABLE zero_downtime.event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, migration text, number bigint NOT NULL, stage text NOT NULL, at timestamptz NOT NULL DEFAULT now());
`;

/** In the order in which rows can be put in again, with the columns of each. */
const TABLES: readonly (readonly [table: string, columns: string])[] = [
  ["fence", "single, number"],
  ["migration", "id, state, files, number, at"],
  ["step", "migration, name, number, seconds, at"],
  [
    "progress",
    "migration, walk, cursor, until, rows, batches, seconds, expected, rows_per_second, paused, at",
  ],
  ["shape", "migration, tables"],
  ["pulse", "single, at"],
  ["event", "id, name, migration, number, stage, at"],
];

/** Archives of values, which lie beside the ledger's own tables. */
const ARCHIVE = /^(old|new)_/;

/**
 * Makes the ledger anew in its first format with the rows that it has now, and takes away whatever
 * came later.
 */
export async function asFirstLedger(database: TestDatabase): Promise<void> {
  const text = (await database.query(`SELECT to_regclass('zero_downtime.fence') AS fence`))[0]?.["fence"];
  if (text === null) throw new Error("Cannot make the ledger anew as the database has none");
  await database.query("BEGIN");
  await database.query(`SET LOCAL ROLE ${database.roles.owner}`);
  for (const [table] of TABLES) {
    await database.query(`CREATE TEMP TABLE kept_${table} ON COMMIT DROP AS TABLE zero_downtime.${table}`);
  }
  const there = await database.query<{ name: string; kind: string }>(
    "SELECT relname AS name, relkind AS kind FROM pg_class WHERE relnamespace = 'zero_downtime'::regnamespace AND relkind IN ('r', 'v')",
  );
  for (const { name } of there.filter(({ name, kind }) => kind === "r" && !ARCHIVE.test(name))) {
    await database.query(`DROP TABLE zero_downtime.${name} CASCADE`);
  }
  await database.query(FIRST);
  for (const [table, columns] of TABLES) {
    const system = table === "event" ? "OVERRIDING SYSTEM VALUE" : "";
    await database.query(
      `INSERT INTO zero_downtime.${table} (${columns}) ${system} SELECT ${columns} FROM kept_${table}`,
    );
  }
  await database.query(
    "SELECT setval(pg_get_serial_sequence('zero_downtime.event', 'id'), (SELECT max(id) FROM zero_downtime.event))",
  );
  await database.query("COMMIT");
}
