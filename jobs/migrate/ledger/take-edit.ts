import {
  contractGroups,
  editStep,
  groupStep,
  runBeforeEdits,
} from "../../../schema/migration/contract-groups.ts";
import { dropBuilt } from "../../../schema/plan/contract-preparations.ts";
import { acceptedMigration, type Migration } from "../../../schema/migration/migration.ts";
import type { ParsedStatement } from "../../../schema/sql/parse-statements.ts";
import { refuseUnsafeEdit } from "./contract-text.ts";
import { applyChanges } from "../apply-changes.ts";
import { currentLedger } from "./recorded-migration.ts";
import { Refusal } from "../refusal.ts";
import { differences, hasContractRun } from "../checks/refuse-edited.ts";
import type { Runner } from "../runner.ts";
import { tablesOf } from "../database/tables-in.ts";

/**
 * Takes an edited contract.sql for a contract that has begun to drop, where only statements that
 * have not run are edited.
 * @throws {Refusal} where those break a rule, or need what was to be prepared before
 *   anything was dropped
 */
export async function takeEdit(runner: Runner, id: string, folder: readonly Migration[]): Promise<void> {
  const { log, store, worker, settings } = runner;
  const recorded = (await currentLedger(runner)).migrations[id];
  const given = folder.find((migration) => migration.id === id);
  if (recorded?.state !== "contracting" || !hasContractRun(recorded) || given === undefined) return;
  const [edit] = differences(id, recorded.files, given.files, ["contract.sql"]);
  if (edit === undefined) return;
  const before = await acceptedMigration(id, recorded.files);
  const run = statementsRun(before, recorded.steps);
  if (run.some((statement, index) => statement.sql.text !== given.contract[index]?.sql.text)) return;
  const files = { ...recorded.files, "contract.sql": given.files["contract.sql"] };
  const edited = await acceptedMigration(id, files);
  refuseUnprepared(before, edited);
  refuseUnsafeEdit(before, edited, folder);
  log(`contract.sql of ${id} was edited where it has not run: taking it as it is now\n${edit}`);
  const unbuilt = builtBy(before.contract.slice(run.length));
  await applyChanges(
    runner,
    before,
    unbuilt.map((index) => dropBuilt(id, settings.schema, index)),
  );
  await worker.transaction(async () => {
    await store.recordStep(id, editStep(run.length), 0);
    await store.recordState(id, files, "contracting");
  });
}

/** The statements of the groups that have run, and of those before them. */
function statementsRun(migration: Migration, steps: readonly string[]): readonly ParsedStatement[] {
  const groups = contractGroups(migration, runBeforeEdits(steps));
  const last = groups.findLastIndex((group) => steps.includes(groupStep(group, migration)));
  return groups.slice(0, last + 1).flat();
}

/**
 * Values are archived, and tables described for a way back, before anything of
 * contract.sql has run.
 */
function refuseUnprepared(before: Migration, edited: Migration): void {
  const added = (of: (migration: Migration) => readonly string[]) =>
    of(edited).filter((one) => !of(before).includes(one));
  const [found] = [...added(drops), ...added(tablesOf).map((table) => `changes table ${table}`)];
  if (found === undefined) return;
  throw new Refusal(
    `Cannot finish the contract of ${edited.id} as its edited contract.sql ${found}, which it did not when it began to drop: nothing of that was archived. Take that out, write it as a new migration, and repeat the stage; what stands before it is done and stays`,
  );
}

function drops({ contract }: Migration): readonly string[] {
  return contract.flatMap(({ effect }) => {
    if (effect.kind === "drop" && effect.type === "OBJECT_TABLE")
      return effect.names.map((table) => `drops table ${table}`);
    if (effect.kind !== "alter-table") return [];
    const { name } = effect.table;
    return effect.actions.flatMap((action) =>
      action.kind === "drop-column" ? [`drops column ${action.column} of ${name}`] : [],
    );
  });
}

function builtBy(statements: readonly ParsedStatement[]): readonly string[] {
  return statements.flatMap(({ effect }) =>
    effect.kind === "create-index" && effect.index !== null ? [effect.index] : [],
  );
}
