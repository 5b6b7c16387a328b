import { archiveMissing, countArchived } from "../../../schema/rows/archive-proof.ts";
import { BY_PLACE } from "../../../schema/rows/key-proof.ts";
import { homeOf } from "../../../schema/migration/manifest.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { archiveTable, LEDGER_SCHEMA } from "../../../schema/sql/names.ts";
import { sql } from "../../../schema/sql/sql.ts";
import type { Walk } from "../../../schema/plan/change.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

interface Counts extends Record<string, unknown> {
  readonly rows: number;
  readonly archived: number;
}

/**
 * Before the old side is dropped, the archive must hold every row that has one. Rows that the walk
 * missed are added; both reads scan the table in one snapshot, so that neither a damaged index nor
 * concurrent writes matter.
 * @returns how many rows were added
 * @throws {Refusal} where rows are still missing
 */
export async function proveArchive(
  { worker, store, log }: Runner,
  { active, migration, name }: Walk,
  mapped: MappedTable,
): Promise<number> {
  const { table } = homeOf(active.mapping, "old");
  const begun = performance.now();
  const added = await worker.transaction(async () => {
    await worker.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`);
    await worker.run(BY_PLACE);
    const missing = await worker.run(archiveMissing(mapped));
    const [{ rows, archived } = { rows: 0, archived: 0 }] = await worker.rows<Counts>(countArchived(mapped));
    if (archived !== rows) {
      const archive = `${LEDGER_SCHEMA}.${archiveTable(migration, active.mapping.table, active.place, "old")}`;
      throw new Refusal(
        `Cannot contract ${migration} as ${archive} must hold every row of ${table} before its old form is dropped: it has ${archived} of ${rows}. Look for a trigger or a rule on the archive and for keys that ${table} has twice, then repeat the stage; nothing was dropped`,
        { rows, archivedRows: archived },
      );
    }
    await store.recordStep(migration, name, (performance.now() - begun) / 1000);
    return missing;
  });
  if (added > 0) log(`${added} rows of ${table} were missing in their archive: added`);
  return added;
}
