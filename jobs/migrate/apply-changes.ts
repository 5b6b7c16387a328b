import { holds, type Facts, type Ledger } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import { identifier, integer, literal, sql, type Sql } from "../../schema/sql/sql.ts";
import type { Change, Statement } from "../../schema/plan/change.ts";
import { connectionsOf } from "./database/blockers.ts";
import { readFacts } from "./database/read-catalog.ts";
import { stopIfAsked } from "./interruption.ts";
import { Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { contractRefusal, isRefusedByPostgres } from "./contract/refused-by-postgres.ts";
import type { Session } from "./database/session.ts";
import { codeOf } from "./database/database-errors.ts";
import { tablesOf } from "./database/tables-in.ts";
import { walkTable } from "./backfill/walk-table.ts";
import { PATIENT_MILLISECONDS, withLockRetries, type Wait } from "./database/with-lock-retries.ts";

/**
 * A statement that locks a table in use for longer does something unforeseen, such as a rewrite.
 */
const HELD_MILLISECONDS = 3_000;
const LEAST_WAIT_MILLISECONDS = 10;

/** The one loop: each statement is guarded by what is true at that moment, run, and recorded. */
export async function applyChanges(
  runner: Runner,
  migration: Migration,
  all: readonly Statement[],
): Promise<void> {
  for (const statement of all) {
    stopIfAsked(runner);
    const [facts, ledger] = await look(runner, migration);
    if (holds(statement.done, facts, ledger)) {
      await recordLate(runner, statement, ledger);
      continue;
    }
    logRepetition(runner, statement, ledger);
    if (statement.kind === "walk") await walkTable(runner, statement, facts, ledger);
    else await makeChange(runner, migration, statement);
    runner.figures.statements++;
  }
  await runner.store.noteArchives(migration.id);
}

/**
 * What ran outside of a transaction may be done but not recorded, if the runner died in between.
 */
async function recordLate({ store, worker }: Runner, statement: Statement, ledger: Ledger): Promise<void> {
  const recorded = ledger.migrations[statement.migration];
  if (statement.kind !== "change" || !statement.outside || recorded === undefined) return;
  if (statement.forgets.length > 0) return;
  if (recorded.steps.includes(statement.name)) return;
  await worker.transaction(() => store.recordStep(statement.migration, statement.name, 0));
}

/** Others have dropped or replaced something that a migration relies on. */
function logRepetition({ log }: Runner, statement: Statement, ledger: Ledger): void {
  const recorded = ledger.migrations[statement.migration];
  if (statement.kind !== "change" || recorded?.state !== "expanded") return;
  if (!recorded.steps.includes(statement.name)) return;
  log(
    `${statement.label}: this was done before and is not as it was made, so it is done again; rows written meanwhile may be out of step, which the comparison of both forms will show`,
  );
}

async function look(runner: Runner, migration: Migration): Promise<readonly [Facts, Ledger]> {
  const facts = await readFacts(runner.worker, runner.settings.schema, tablesOf(migration));
  const ledger = await runner.store.read();
  if (ledger === null)
    throw new Refusal("Cannot go on as the ledger has disappeared while the migration ran");
  return [facts, ledger];
}

async function makeChange(runner: Runner, migration: Migration, change: Change): Promise<void> {
  const begun = performance.now();
  if (change.sql.length > 0) runner.log(change.label);
  const at: Position = { statement: null };
  try {
    await withLockRetries(runner, change.label, change.lock, (wait) =>
      change.outside
        ? runOutside(runner, migration, change, at, begun)
        : runInside(runner, migration, change, wait, at, begun),
    );
  } catch (error) {
    if (codeOf(error) === "57014" && !runner.signal.aborted && change.lock === "brief")
      throw new Refusal(
        `Cannot ${change.label.charAt(0).toLowerCase()}${change.label.slice(1)} as it must not hold a table in use for more than ${HELD_MILLISECONDS / 1000} s: it took longer, so it was taken back. It probably rewrites or scans the table; write it in the form that does not`,
      );
    const own = at.statement && change.origins.get(at.statement);
    if (own && isRefusedByPostgres(error)) throw await contractRefusal(runner, migration, own, error);
    throw error;
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(2);
  if (change.sql.length > 0) runner.log(`${change.label}: done in ${seconds} s`);
}

/** The statement of a change that runs now. */
interface Position {
  statement: Sql | null;
}

async function runInside(
  runner: Runner,
  migration: Migration,
  change: Change,
  { milliseconds, vacuumed }: Wait,
  at: Position,
  begun: number,
): Promise<void> {
  const { worker, store } = runner;
  await worker.transaction(async () => {
    if (change.snapshot) await worker.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`);
    if (vacuumed.length > 0) await takeFromVacuum(worker, vacuumed);
    await worker.run(sql`SET LOCAL lock_timeout = ${integer(milliseconds)}`);
    const allowed = milliseconds + HELD_MILLISECONDS;
    if (change.lock === "brief") await worker.run(sql`SET LOCAL statement_timeout = ${integer(allowed)}`);
    await worker.searchIn(change.searchPath, "transaction");
    const waiting = performance.now();
    for (const [index, statement] of change.sql.entries()) {
      // Whoever waits for the locks of the first statement also waits while the next one waits: all
      // share one limit of each kind.
      if (index > 0 && change.lock === "brief") {
        const left = (limit: number) =>
          integer(Math.max(LEAST_WAIT_MILLISECONDS, Math.floor(limit - (performance.now() - waiting))));
        await worker.run(sql`SET LOCAL lock_timeout = ${left(milliseconds)}`);
        await worker.run(sql`SET LOCAL statement_timeout = ${left(allowed)}`);
      }
      at.statement = statement;
      await worker.run(statement);
    }
    at.statement = null;
    await worker.searchIn([], "transaction");
    if (change.vacated) await refuseConnections(runner);
    if (change.state !== "absent" && change.state !== "restored" && change.state !== "expanding") {
      await store.recordStep(change.migration, change.name, (performance.now() - begun) / 1000);
    }
    if (change.state !== null) await store.recordState(migration.id, migration.files, change.state);
    await store.forget(change.migration, change.forgets);
  });
}

/**
 * Autovacuum is cancelled once somebody has waited long enough for its lock, and does not start
 * again while we hold that lock; neither blocks a reader or a writer.
 */
async function takeFromVacuum(worker: Session, tables: readonly Sql[]): Promise<void> {
  await worker.run(sql`SET LOCAL lock_timeout = ${integer(PATIENT_MILLISECONDS)}`);
  for (const table of tables) {
    // Owned by somebody else, as the target of a foreign key: nothing can be done about it.
    const [right] = await worker.rows<{ may: boolean }>(
      sql`SELECT pg_catalog.has_table_privilege(${literal(table.text)}, 'UPDATE, DELETE, TRUNCATE') AS may`,
    );
    if (right?.may) await worker.run(sql`LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
  }
}

/**
 * CONCURRENTLY has no transaction, so the catalog shows whether it is done, and the remains of an
 * interrupted run are dropped first.
 */
async function runOutside(
  runner: Runner,
  migration: Migration,
  change: Change,
  at: Position,
  begun: number,
): Promise<void> {
  const { worker, store } = runner;
  const { state, foretold } = change;
  if (foretold !== null) await worker.transaction(() => store.recordStep(change.migration, foretold, 0));
  const before = (await store.read())?.migrations[change.migration]?.state ?? null;
  if (state !== null) await worker.transaction(() => store.recordState(migration.id, migration.files, state));
  // It waits for transactions to end, which blocks nobody; starting over would cost more than
  // waiting.
  await worker.run(sql`SELECT set_config('lock_timeout', $1, false)`, [
    String(Math.max(1000, Math.ceil(runner.remaining()))),
  ]);
  try {
    await worker.whileSearchingIn(change.searchPath, async () => {
      if (change.leftover !== null) await dropInvalid(runner, change.leftover);
      for (const statement of change.sql) {
        at.statement = statement;
        await worker.run(statement);
      }
    });
  } catch (error) {
    // PostgreSQL refuses it before it has touched anything, so the mark is taken back.
    if (state !== null && before !== null && isRefusedByPostgres(error))
      await worker.transaction(() => store.recordState(migration.id, migration.files, before));
    throw error;
  } finally {
    await worker.run(sql`SET lock_timeout = 0`).catch(() => undefined);
  }
  await worker.transaction(async () => {
    await store.recordStep(change.migration, change.name, (performance.now() - begun) / 1000);
    await store.forget(change.migration, change.forgets);
  });
}

async function dropInvalid({ worker, settings, log }: Runner, index: string): Promise<void> {
  const invalid = await worker.rows(
    sql`SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE c.relname = $1 AND c.relnamespace = ${literal(identifier(settings.schema).text)}::regnamespace AND NOT i.indisvalid`,
    [index],
  );
  if (invalid.length === 0) return;
  log(`Drop index ${index}, which an interrupted attempt left invalid`);
  await worker.run(sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(settings.schema, index)}`);
}

/** Read with the tables locked, so that nothing can change between this read and the change. */
async function refuseConnections(runner: Runner): Promise<void> {
  const { vacate } = runner.settings;
  if (vacate === null) return;
  const connections = await connectionsOf(runner.worker, vacate);
  if (connections.length === 0) return;
  throw new Refusal(
    `Cannot take the expansion back as login ${vacate} has ${connections.length} connections: ${connections.join("; ")}. Stop what uses them, then repeat the stage`,
  );
}
