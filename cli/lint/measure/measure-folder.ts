// The lock plan: each statement of a folder's migrations, as lint sees it and as a throwaway
// PostgreSQL of the target's major version does.
import { readFile } from "node:fs/promises";
import type pg from "pg";
import { lint, type Report } from "../../../schema/lint/lint.ts";
import { readMigrations } from "../../../schema/migration/read-migrations.ts";
import { differences } from "../../../schema/lock-plan/differences.ts";
import type { Footprint } from "../../../schema/lock-plan/footprint.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { Trouble } from "../../cli-error.ts";
import { measureInTransaction, measureWhileBlocked } from "./measure.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
import { startThrowawayServer } from "./throwaway-server.ts";

export interface MeasureSettings {
  readonly folder: string;
  /** Measure only the migrations after this one; null: all. */
  readonly after: string | null;
  readonly major: number;
  /**
   * A dump of the schema without data, as `pg_dump --schema-only` writes it: what is there after
   * `after`. Null: the migrations up to it are run.
   */
  readonly dump: string | null;
  readonly say: (line: string) => void;
}

/** One statement of the plan. */
export interface PlannedStatement {
  readonly report: Report;
  readonly measured: Footprint | null;
  /** What PostgreSQL said when the statement failed; null: it did not. */
  readonly failure: string | null;
  /** What lint says and the measurement does not, or the other way round. */
  readonly differences: readonly string[];
}

/**
 * Runs and measures every statement of expand.sql, undo.sql and contract.sql, in order; undo.sql is
 * rolled back.
 *
 * @throws {Trouble} when the server cannot be fetched, or what comes before cannot be run
 * @throws {Error} when the migrations cannot be read
 */
export async function measureFolder(settings: MeasureSettings): Promise<readonly PlannedStatement[]> {
  const { folder, after, major, dump, say } = settings;
  const migrations = await readMigrations(folder);
  const planned = migrations.filter(({ id }) => after === null || id > after);
  const reports = lint(migrations, { judged: (id) => planned.some((one) => one.id === id), major });
  const server = await startThrowawayServer(await postgresBinaries(major, say));
  try {
    const clients = {
      runner: await server.connect(),
      holder: await server.connect(),
      watcher: await server.connect(),
    };
    try {
      if (dump !== null) await runDump(clients.runner, dump);
      else
        await runEarlier(
          clients.runner,
          migrations.filter((one) => !planned.includes(one)),
        );
      const plan: PlannedStatement[] = [];
      for (const report of reports.filter(({ sql, file }) => sql !== null && file !== "sync.sql")) {
        plan.push(await measureOne(clients, report));
      }
      return plan;
    } finally {
      for (const client of Object.values(clients)) await client.end();
    }
  } finally {
    await server.end();
  }
}

interface Clients {
  readonly runner: pg.Client;
  readonly holder: pg.Client;
  readonly watcher: pg.Client;
}

const SCHEMA = "public";
/** PostgreSQL's error code for CONCURRENTLY in a transaction. */
const NOT_IN_A_TRANSACTION = "25001";

async function measureOne(clients: Clients, report: Report): Promise<PlannedStatement> {
  const { sql: statement, file } = report;
  if (statement === null) return { report, measured: null, failure: null, differences: [] };
  try {
    const measured = inUse(await measuredFootprint(clients, report, statement), report.fresh);
    if (file !== "undo.sql") await clients.runner.query(statement);
    return { report, measured, failure: null, differences: differences(report, measured) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { report, measured: null, failure, differences: [] };
  }
}

async function measuredFootprint(clients: Clients, report: Report, statement: string): Promise<Footprint> {
  try {
    return await measureInTransaction(clients.runner, SCHEMA, statement);
  } catch (error) {
    if ((error as { code?: string }).code !== NOT_IN_A_TRANSACTION) throw error;
  }
  const table = report.locks[0]?.table;
  if (table === undefined) return { locks: [], scans: null, rewrites: null };
  const before = await invalidIndexes(clients.watcher);
  const measured = await measureWhileBlocked(clients, SCHEMA, statement, table);
  for (const index of await invalidIndexes(clients.watcher)) {
    if (!before.includes(index)) await clients.runner.query(`DROP INDEX ${index}`);
  }
  return measured;
}

function inUse({ locks, scans, rewrites }: Footprint, fresh: readonly string[]): Footprint {
  const isUsed = (table: string) => !fresh.includes(table);
  return {
    locks: locks.filter(({ table }) => isUsed(table)),
    scans: scans?.filter(isUsed) ?? null,
    rewrites: rewrites?.filter(isUsed) ?? null,
  };
}

async function invalidIndexes(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_catalog.pg_index WHERE NOT indisvalid",
  );
  return rows.map(({ name }) => name);
}

async function runEarlier(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    for (const statement of [...migration.expand, ...migration.contract]) {
      await client.query(statement.sql.text).catch((error: unknown) => {
        throw new Trouble(
          "failed",
          `Cannot measure as ${migration.id}: ${statement.file}:${statement.line}, which comes before, fails: ${wordsOf(error)}`,
          "Mend that statement, or give the schema before it as --schema <dump.sql>.",
        );
      });
    }
  }
}

/** Lines that begin with a backslash are psql's. */
async function runDump(client: pg.Client, file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Trouble(
      "usage",
      `Cannot read the dump: ${wordsOf(error)}`,
      "Name a file that exists with --schema.",
    );
  });
  const lines = text.split("\n").filter((line) => !line.startsWith("\\"));
  await client.query(lines.join("\n")).catch((error: unknown) => {
    throw new Trouble(
      "failed",
      `Cannot measure as ${file} fails: ${wordsOf(error)}`,
      "Dump the schema anew with pg_dump --schema-only, from a server of that major version or an older one.",
    );
  });
  // A dump empties the search path, and the statements name no schema.
  await client.query("SELECT pg_catalog.set_config('search_path', 'public', false)");
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
