import type { Ledger } from "../../../schema/state/catalog.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { describe } from "../../../schema/state/migration-path.ts";
import { LEDGER_SCHEMA } from "../../../schema/sql/names.ts";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import { readFacts } from "../database/read-catalog.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

/**
 * Written when a first installation begins, so that an interrupted one can be told from a
 * foreign database.
 */
const INSTALLING = "installing";
export const INSTALLED = "installed";

/**
 * The ledger, made where that is right: on an empty database, or on one that a baseline describes.
 * @throws {Refusal} on any other database without one, and on a first stage that finds another
 *   state than its own
 */
export async function openLedger(runner: Runner, folder: readonly Migration[]): Promise<Ledger> {
  const { settings, store } = runner;
  const found = await store.read();
  if (found !== null) {
    if (!settings.first) return found;
    await refuseForeignTables(runner, folder, found);
    refuseForeignState(runner, found);
    return found;
  }
  if (!settings.first) {
    throw new Refusal(
      `Cannot go on as this database has no ledger although a release is recorded. Is it the right database, or was it restored without schema ${LEDGER_SCHEMA}? Restore that, or recover`,
    );
  }
  if (settings.goal !== "base")
    throw new Refusal(
      `Cannot reach ${settings.goal} as nothing is recorded yet: complete the stage stable first`,
    );
  const facts = await readFacts(runner.worker, settings.schema, []);
  if (settings.baseline !== null) return adopt(runner, folder, settings.baseline);
  if (facts.tableNames.length > 0) {
    throw new Refusal(
      `Cannot install as schema ${settings.schema} must be empty, or its state known: it has ${facts.tableNames.length} tables without a ledger (${facts.tableNames.slice(0, 5).join(", ")}). Set database.baseline to the migration that they already have`,
    );
  }
  const notes = await store.create(() => store.recordEvent(INSTALLING));
  for (const note of notes) runner.log(note);
  return readBack(runner);
}

/**
 * An existing database: its migrations count as finished, and the application's group gets what
 * default privileges gave to none.
 */
async function adopt(runner: Runner, folder: readonly Migration[], baseline: string): Promise<Ledger> {
  const { settings, store, worker } = runner;
  if (baseline !== settings.to) {
    throw new Refusal(
      `Cannot adopt the database as database.baseline must be the active version's schema: it is ${baseline}, the schema is ${settings.to ?? "none"}`,
    );
  }
  const included = folder.filter((migration) => migration.id <= baseline);
  if (!included.some((migration) => migration.id === baseline)) {
    throw new Refusal(
      `Cannot adopt the database as the image has no migration ${baseline}: it has ${folder.map((migration) => migration.id).join(", ") || "none"}`,
    );
  }
  const missing = await missingParts(runner, included);
  if (missing.length > 0) {
    throw new Refusal(
      `Cannot adopt the database as it must have what ${baseline} says: ${missing.join(", ")} is missing. Is the baseline right, and the schema ${settings.schema}?`,
    );
  }
  const schema = identifier(settings.schema);
  const group = identifier(settings.appRole);
  const notes = await store.create(async () => {
    for (const migration of included) await store.recordState(migration.id, migration.files, "finished");
    await worker.run(sql`GRANT USAGE ON SCHEMA ${schema} TO ${group}`);
    await worker.run(sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${group}`);
    await worker.run(sql`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${group}`);
    await store.recordEvent("adopted", baseline);
  });
  for (const note of notes) runner.log(note);
  runner.log(
    `Adopted the database as it is: ${included.map((migration) => migration.id).join(", ")} count as finished`,
  );
  return readBack(runner);
}

/** Tables and columns that migrations added and did not drop, and that are not there. */
async function missingParts(runner: Runner, included: readonly Migration[]): Promise<readonly string[]> {
  const expected = new Map<string, Set<string>>();
  for (const { effect } of included.flatMap((migration) => [...migration.expand, ...migration.contract])) {
    if (effect.kind === "create-table") expected.set(effect.table.name, new Set(effect.columns));
    if (effect.kind === "drop" && effect.type === "OBJECT_TABLE")
      for (const name of effect.names) expected.delete(name);
    if (effect.kind !== "alter-table") continue;
    const columns = expected.get(effect.table.name) ?? new Set();
    for (const action of effect.actions) {
      if (action.kind === "add-column") columns.add(action.column);
      if (action.kind === "drop-column") columns.delete(action.column);
    }
    expected.set(effect.table.name, columns);
  }
  const facts = await readFacts(runner.worker, runner.settings.schema, [...expected.keys()]);
  return [...expected].flatMap(([table, columns]) => {
    const there = facts.tables[table];
    if (there === undefined) return [`table ${table}`];
    return [...columns]
      .filter((column) => there.columns[column] === undefined)
      .map((column) => `column ${table}.${column}`);
  });
}

/**
 * A ledger made by the version before does not say whose it is, but what its migrations have made.
 * @throws {Refusal} where that is not there
 */
async function refuseForeignTables(
  runner: Runner,
  folder: readonly Migration[],
  ledger: Ledger,
): Promise<void> {
  if ((await runner.store.readIdentity()) !== null || isInstalling(ledger)) return;
  const finished = folder.filter(({ id }) => ledger.migrations[id]?.state === "finished");
  const missing = await missingParts(runner, finished);
  if (missing.length === 0) return;
  throw new Refusal(
    `Cannot begin as this database's ledger is another's: it says ${describe(ledger)}, and schema ${runner.settings.schema} lacks ${missing.slice(0, 5).join(", ")}. One database holds one ledger: give this release a database of its own, or set database.schema to the schema that has these tables. Nothing was changed`,
  );
}

/**
 * The state behind a lost Pulumi state: only a finished one, exactly ours, may be taken up without
 * being told so.
 */
function refuseForeignState({ settings }: Runner, ledger: Ledger): void {
  const { to } = settings;
  const states = Object.entries(ledger.migrations);
  const exact =
    states.every(([id, { state }]) => state === "finished" && to !== null && id <= to) &&
    (to === null || ledger.migrations[to] !== undefined);
  if (exact || isInstalling(ledger)) return;
  throw new Refusal(
    `Cannot begin with ${to ?? "no schema"} as no release is recorded, and the database must then be empty or exactly that: ${describe(ledger)}. Set the active version to what it shows, or recover`,
  );
}

/** Whether a first installation has begun and not ended. */
export function isInstalling(ledger: Ledger): boolean {
  return ledger.events[INSTALLING] !== undefined && ledger.events[INSTALLED] === undefined;
}

async function readBack(runner: Runner): Promise<Ledger> {
  const ledger = await runner.store.read();
  if (ledger === null) throw new Refusal("Cannot go on as the ledger has disappeared");
  return ledger;
}
