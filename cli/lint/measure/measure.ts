// What a statement really locks, scans and rewrites, on a server where nothing else runs.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import { LOCK_MODES, strongest, type Lock, type LockMode } from "../../../schema/lint/lock-mode.ts";
import type { Footprint } from "../../../schema/lock-plan/footprint.ts";

interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly file: number;
  readonly scans: number;
}

const WAITS_WITHIN_MILLISECONDS = 10_000;

/**
 * Runs a statement in a transaction that is rolled back, and reads the locks that it holds, the
 * files it made and the scans it did.
 * @throws {Error} what PostgreSQL says, when the statement fails
 */
export async function measureInTransaction(
  client: pg.Client,
  schema: string,
  statement: string,
): Promise<Footprint> {
  await client.query("BEGIN");
  try {
    const before = await relations(client, schema);
    await client.query(statement);
    const locks = await heldBy(client, before, await processId(client));
    const after = new Map((await relations(client, schema)).map((relation) => [relation.oid, relation]));
    // A dropped table is neither scanned nor rewritten by the statement that drops it.
    const changed = (differs: (old: Relation, now: Relation) => boolean) =>
      before.flatMap((old) => {
        const now = after.get(old.oid);
        return now !== undefined && differs(old, now) ? [old.name] : [];
      });
    return {
      locks,
      scans: changed((old, now) => now.scans > old.scans).sort(),
      rewrites: changed((old, now) => now.file !== old.file).sort(),
    };
  } finally {
    await client.query("ROLLBACK");
  }
}

/**
 * Starts a statement that no transaction may hold (CONCURRENTLY) while another session uses the
 * table, and reads its locks as it waits for that session to end. Then it is stopped; what it
 * leaves is an invalid index or none.
 *
 * @param clients one to run the statement, one to hold the table, one to watch
 * @param table a table that the statement must wait for
 */
export async function measureWhileBlocked(
  clients: { readonly runner: pg.Client; readonly holder: pg.Client; readonly watcher: pg.Client },
  schema: string,
  statement: string,
  table: string,
): Promise<Footprint> {
  const { runner, holder, watcher } = clients;
  const before = await relations(watcher, schema);
  const pid = await processId(runner);
  await holder.query("BEGIN");
  await holder.query(sql`LOCK TABLE ${identifier(schema, table)} IN ROW EXCLUSIVE MODE`.text);
  const running = runner.query(statement).then(
    () => null,
    (error: unknown) => error,
  );
  try {
    for (const until = Date.now() + WAITS_WITHIN_MILLISECONDS; ; await sleep(10)) {
      const { rows } = await watcher.query<{ waits: boolean }>(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = $1 AND NOT granted) AS waits",
        [pid],
      );
      if (rows[0]?.waits) break;
      if (Date.now() > until)
        throw new Error(`Cannot measure "${statement}" as it did not wait for ${table}`);
    }
    return { locks: await heldBy(watcher, before, pid), scans: null, rewrites: null };
  } finally {
    await watcher.query("SELECT pg_catalog.pg_cancel_backend($1)", [pid]);
    await running;
    await holder.query("ROLLBACK");
  }
}

async function relations(client: pg.Client, schema: string): Promise<readonly Relation[]> {
  const { rows } = await client.query<{ oid: string; name: string; file: string; scans: string }>(
    `SELECT c.oid::bigint AS oid, c.relname AS name, c.relfilenode::bigint AS file,
       coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0) AS scans
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'm', 'v', 'f')`,
    [schema],
  );
  return rows.map(({ oid, name, file, scans }) => ({
    oid: Number(oid),
    name,
    file: Number(file),
    scans: Number(scans),
  }));
}

async function heldBy(client: pg.Client, known: readonly Relation[], pid: number): Promise<readonly Lock[]> {
  const { rows } = await client.query<{ oid: string; mode: string }>(
    `SELECT relation::bigint AS oid, mode FROM pg_catalog.pg_locks
     WHERE locktype = 'relation' AND granted AND pid = $1
       AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    [pid],
  );
  const locks = rows.flatMap(({ oid, mode }) => {
    const relation = known.find((one) => one.oid === Number(oid));
    return relation === undefined ? [] : [{ table: relation.name, mode: lockMode(mode) }];
  });
  return strongest(locks);
}

/** `AccessExclusiveLock` as documentation writes it. */
function lockMode(catalogName: string): LockMode {
  const words = catalogName
    .replace(/Lock$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();
  const mode = LOCK_MODES.find((one) => one === words);
  if (mode === undefined) throw new Error(`Cannot read the locks as PostgreSQL calls one ${catalogName}`);
  return mode;
}

async function processId(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_catalog.pg_backend_pid() AS pid");
  return rows[0]?.pid ?? 0;
}
