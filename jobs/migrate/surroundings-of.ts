import { carriedGrants } from "../../schema/column-grants.ts";
import type { Ledger } from "../../schema/facts.ts";
import type { Migration } from "../../schema/migration.ts";
import type { Leg } from "../../schema/route.ts";
import type { Sql } from "../../schema/sql.ts";
import type { Surroundings } from "../../schema/statements.ts";
import { activeMappings } from "../../schema/sync-trigger.ts";
import { readFacts } from "./facts-reader.ts";
import { readProtection } from "./protection-reader.ts";
import { activeBesides, currentLedger } from "./recorded-migration.ts";
import type { Runner } from "./runner.ts";
import { tablesOf } from "./tables-of.ts";
import { writersOf } from "./writers-of.ts";

/**
 * What the statements of a migration depend on now.
 * @param gone migrations whose mappings are to count as contracted
 */
export async function surroundingsOf(
  runner: Runner,
  leg: Pick<Leg, "move">,
  migration: Migration,
  folder: readonly Migration[],
  gone: readonly string[] = [],
): Promise<Surroundings> {
  const { schema } = runner.settings;
  const ledger = await currentLedger(runner);
  const others = (await activeBesides(migration.id, ledger, folder)).filter(({ id }) => !gone.includes(id));
  const { tables } = await readFacts(runner.worker, schema, [migration, ...others].flatMap(tablesOf));
  return {
    schema,
    ledger,
    tables,
    others: others.flatMap(activeMappings),
    writers: writersOf(runner.settings, leg),
    grants: await grantsToCarry(runner, leg, migration, ledger),
  };
}

/** What is granted on old columns after the expansion is a person's to grant on the new ones. */
async function grantsToCarry(
  runner: Runner,
  { move }: Pick<Leg, "move">,
  migration: Migration,
  ledger: Ledger,
): Promise<readonly Sql[]> {
  const state = ledger.migrations[migration.id]?.state ?? "expanding";
  if (move !== "expand" || state !== "expanding") return [];
  const protection = await readProtection(runner, tablesOf(migration));
  return carriedGrants(migration, protection, runner.settings.schema);
}
