import type { Client } from "pg";
import { columnsOf, type LedgerColumn } from "../../protocol/state/ledger-tables.ts";
import { LEDGER_SCHEMA, RUNNER_LOCK } from "../../schema/sql/names.ts";
import { hasTable, ledgerTable } from "./ledger.ts";
import { Trouble } from "../cli-error.ts";

/** A table in which contract or an undo has archived values that would have been lost. */
export interface Archive {
  readonly name: string;
  /** Null where an older version of the program made it, and its name does not say. */
  readonly migration: string | null;
  /** How far that migration, or its way back, is; null: it is not in the ledger. */
  readonly state: string | null;
  /** The planner's estimate; null before the first ANALYZE. */
  readonly rows: number | null;
  readonly bytes: number;
  /** When it was first seen, ISO 8601; null for archives of an older version of the program. */
  readonly since: string | null;
  readonly secondsAgo: number | null;
}

/** Which archives to drop. */
export interface Choice {
  readonly names: readonly string[];
  readonly olderThanSeconds: number | null;
  readonly migration: string | null;
}

/** The outcome of a choice. */
export interface Chosen {
  readonly drop: readonly Archive[];
  /** Chosen but not dropped, each with the reason. */
  readonly kept: readonly string[];
}

/**
 * Pure: a migration that is under way, or being taken back, needs its archives; an archive without
 * a date is dropped only by name.
 */
export function choose(archives: readonly Archive[], { names, olderThanSeconds, migration }: Choice): Chosen {
  const isNamed = ({ name }: Archive) => names.includes(name);
  const meant = archives.filter(
    (archive) =>
      isNamed(archive) ||
      (names.length === 0 &&
        (migration === null || archive.migration === migration) &&
        (olderThanSeconds === null || archive.secondsAgo === null || archive.secondsAgo >= olderThanSeconds)),
  );
  const isBusy = archives.some(isNeeded);
  const reasonAgainst = (archive: Archive): string | null => {
    if (isNeeded(archive))
      return `${archive.name}: ${archive.migration ?? ""} is ${archive.state ?? ""} and needs it`;
    if (archive.migration === null && isBusy)
      return `${archive.name}: a release is on its way, which may need it`;
    if (archive.since === null && !isNamed(archive))
      return `${archive.name}: its age is not known, so it is dropped by its name alone`;
    return null;
  };
  const unknown = names.filter((name) => !archives.some((archive) => archive.name === name));
  return {
    drop: meant.filter((archive) => reasonAgainst(archive) === null),
    kept: [
      ...meant.flatMap((archive) => reasonAgainst(archive) ?? []),
      ...unknown.map((name) => `${name}: there is no such archive`),
    ],
  };
}

const isNeeded = ({ state }: Archive): boolean => state !== null && state !== "finished";

/** What is lost with an archive. */
export function loss({ name, migration, state }: Archive): string {
  const what = migration ?? "its migration";
  return name.startsWith("old_") && state !== null
    ? `${what} can no longer be taken back with the values that contract dropped`
    : `the next expand of ${what} brings nothing back of what the new version wrote`;
}

const m = columnsOf("migration", "m");
const e = columnsOf("event");
const n = columnsOf("archive", "n");

const WORDS = `translate(${m("id")}, '-.', '__')`;

const noted = (column: LedgerColumn<"archive">) =>
  `(SELECT ${n(column)} FROM ${ledgerTable("archive")} AS n WHERE ${n("name")} = c.relname)`;

/** Every archive of the database, the oldest first. */
export async function listArchives(client: Client): Promise<Archive[]> {
  const isNoted = await hasTable(client, "archive");
  const { rows } = await client.query<Archive>(
    `SELECT f.name, f.migration, f.rows, f.bytes, to_char(f.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
       extract(epoch FROM now() - f.at)::float8 AS "secondsAgo",
       (SELECT ${m("state")} FROM ${ledgerTable("migration")} AS m WHERE replace(${m("id")}, '.restore', '') = replace(f.migration, '.restore', '')
         ORDER BY ${m("state")} = 'finished' LIMIT 1) AS state
     FROM (SELECT c.relname AS name, ${isNoted ? noted("at") : "NULL::timestamptz"} AS at,
         coalesce((SELECT m.id FROM (SELECT id FROM ${ledgerTable("migration")}
             UNION SELECT ${e("migration")} FROM ${ledgerTable("event")} WHERE ${e("migration")} IS NOT NULL) AS m
             WHERE starts_with(c.relname, 'old_' || ${WORDS} || '_') OR starts_with(c.relname, 'new_' || ${WORDS} || '_') ORDER BY length(m.id) DESC LIMIT 1),
           ${isNoted ? noted("migration") : "NULL"}) AS migration,
         nullif(c.reltuples, -1)::float8 AS rows, pg_catalog.pg_total_relation_size(c.oid)::float8 AS bytes
       FROM pg_catalog.pg_class AS c WHERE c.relnamespace = '${LEDGER_SCHEMA}'::pg_catalog.regnamespace AND c.relkind = 'r' AND c.relname ~ '^(old|new)_') AS f
     ORDER BY f.at NULLS FIRST, f.name`,
  );
  return rows;
}

/**
 * Drops what is chosen, all or nothing, while no schema Job is at work.
 * @param meant what a person has confirmed: any other archive stays
 * @throws {Trouble} where a Job is at work, or an archive has come to be needed
 */
export async function dropArchives(client: Client, choice: Choice, meant: readonly Archive[]): Promise<void> {
  await client.query("BEGIN READ WRITE");
  try {
    await client.query("SET LOCAL lock_timeout = '2s'");
    const { rows: lock } = await client.query<{ taken: boolean }>(
      `SELECT pg_catalog.pg_try_advisory_xact_lock(${RUNNER_LOCK.join(", ")}) AS taken`,
    );
    if (!lock[0]?.taken)
      throw new Trouble(
        "refused",
        "Cannot drop archives as a schema Job is at work. Nothing was changed.",
        "Try again once it has ended: zd logs schema",
      );
    const { drop } = choose(await listArchives(client), choice);
    const gone = meant.filter(({ name }) => !drop.some((archive) => archive.name === name));
    if (gone.length > 0)
      throw new Trouble(
        "refused",
        `Cannot drop ${gone.map(({ name }) => name).join(", ")} as that is needed or gone by now. Nothing was changed.`,
        "zd archive ls",
      );
    const { rows: owner } = await client.query<{ role: string }>(
      "SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(nspowner)) AS role FROM pg_catalog.pg_namespace WHERE nspname = $1",
      [LEDGER_SCHEMA],
    );
    await client.query(`SET LOCAL ROLE ${owner[0]?.role ?? ""}`);
    for (const { name } of meant)
      await client.query(`DROP TABLE ${LEDGER_SCHEMA}.${client.escapeIdentifier(name)}`);
    await client.query("COMMIT");
  } catch (error) {
    // A broken connection has rolled back already, and the first error is the one to report.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
