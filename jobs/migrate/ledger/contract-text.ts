import type { Ledger } from "../../../schema/state/catalog.ts";
import { lint, refusals } from "../../../schema/lint/lint.ts";
import { acceptedMigration, type Migration } from "../../../schema/migration/migration.ts";
import { recordedOrGiven } from "./recorded-migration.ts";
import { Refusal } from "../refusal.ts";
import { differences, hasContractRun } from "../checks/refuse-edited.ts";

/**
 * What contract runs: the migration as it began, with contract.sql as it is now for as long as
 * nothing of that has run.
 * @throws {Refusal} when an edited contract.sql breaks a rule
 */
export async function contractText(
  id: string,
  ledger: Ledger,
  folder: readonly Migration[],
  log: (line: string) => void = () => undefined,
): Promise<Migration> {
  const text = await recordedOrGiven(id, ledger, folder);
  const recorded = ledger.migrations[id];
  const given = folder.find((migration) => migration.id === id);
  if (recorded === undefined || given === undefined) return text;
  const [edit] = differences(id, recorded.files, given.files, ["contract.sql"]);
  if (edit === undefined) return text;
  if (hasContractRun(recorded)) {
    log(`contract.sql of ${id} was edited, and a part of it has run: going on with it as it began`);
    return text;
  }
  const edited = await acceptedMigration(id, {
    ...recorded.files,
    "contract.sql": given.files["contract.sql"],
  });
  refuseUnsafeEdit(text, edited, folder);
  log(
    `contract.sql of ${id} was edited since it began, and nothing of it has run: taking it as it is now\n${edit}`,
  );
  return edited;
}

/**
 * What was accepted when the migration began stays so, whatever rules of today say.
 * @throws {Refusal} with the rules that the edit breaks
 */
export function refuseUnsafeEdit(before: Migration, edited: Migration, folder: readonly Migration[]): void {
  const [accepted, found] = [before, edited].map((one) => {
    const history = folder.map((migration) => (migration.id === one.id ? one : migration));
    return refusals(lint(history, { judged: (id) => id === one.id }));
  });
  const added = (found ?? []).filter((refusal) => !accepted?.includes(refusal));
  if (added.length === 0) return;
  throw new Refusal(
    `Cannot contract ${edited.id} as its edited contract.sql breaks ${added.length === 1 ? "a rule" : `${added.length} rules`}, and nothing was changed:\n${added.join("\n")}`,
  );
}
