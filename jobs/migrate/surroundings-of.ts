import { carriedGrants } from "../../schema/protection/column-grants.ts";
import type { Ledger } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import type { Leg } from "../../schema/state/migration-path.ts";
import type { Sql } from "../../schema/sql/sql.ts";
import type { Surroundings } from "../../schema/plan/surroundings.ts";
import { activeMappings } from "../../schema/mapping/active-mappings.ts";
import { readFacts } from "./database/read-catalog.ts";
import { readProtection } from "./database/read-protection.ts";
import { activeBesides, currentLedger } from "./ledger/recorded-migration.ts";
import type { Runner } from "./runner.ts";
import { tablesOf } from "./database/tables-in.ts";
import { writersOf } from "./database/writers-of.ts";

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
