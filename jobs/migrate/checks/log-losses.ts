import { protectionNotes } from "../../../schema/protection/protection-notes.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { readFacts } from "../database/read-catalog.ts";
import { readProtection } from "../database/read-protection.ts";
import type { Runner } from "../runner.ts";
import { tablesOf } from "../database/tables-in.ts";

/** Logs, before contract begins, what is lost with the columns that it drops. */
export async function logLosses(runner: Runner, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    const tables = tablesOf(migration);
    const facts = await readFacts(runner.worker, runner.settings.schema, tables);
    const protection = await readProtection(runner, tables);
    for (const note of protectionNotes(migration, facts, protection, "contract")) runner.log(note);
  }
}
