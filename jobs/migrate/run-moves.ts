import type { Ledger } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import { restoredBy } from "../../schema/sql/names.ts";
import type { Leg } from "../../schema/state/migration-path.ts";
import type { Statement } from "../../schema/plan/change.ts";
import { statements } from "../../schema/plan/plan.ts";
import { isInstalling } from "./ledger/open-ledger.ts";
import { applyChanges } from "./apply-changes.ts";
import { contractText } from "./ledger/contract-text.ts";
import { currentLedger, recordedOrGiven, wayBack } from "./ledger/recorded-migration.ts";
import { Interruption, Refusal } from "./refusal.ts";
import { differences } from "./checks/refuse-edited.ts";
import { refuseChanged, refuseObjections } from "./checks/refuse-objections.ts";
import type { Runner } from "./runner.ts";
import { codeOf, isConnectionLoss, messageOf } from "./database/database-errors.ts";
import { surroundingsOf } from "./surroundings-of.ts";
import { takeEdit } from "./ledger/take-edit.ts";
import { tryContract } from "./contract/try-contract.ts";

/**
 * Goes leg after leg. A refused expansion takes back what was begun; anything else stands, and the
 * next run goes on from there.
 */
export async function runMoves(
  runner: Runner,
  folder: readonly Migration[],
  legs: readonly Leg[],
): Promise<void> {
  const begun: string[] = [];
  for (const leg of legs) {
    if (leg.move === "contract") await takeEdit(runner, leg.migration, folder);
    const ledger = await currentLedger(runner);
    if (leg.move !== "expand") {
      // Nothing may keep a contract from being given up.
      if (leg.move !== "give-up") await refuseChanged(runner, leg, folder);
      const text = leg.move === "contract" ? contractText : recordedOrGiven;
      await move(runner, leg, await text(leg.migration, ledger, folder), folder);
      continue;
    }
    try {
      const state = ledger.migrations[leg.migration]?.state;
      const migration = await expandable(runner, leg, ledger, folder);
      if (state === undefined) await refuseObjections(runner, "expand", migration, folder);
      if (state === undefined || state === "expanding") begun.push(leg.migration);
      await move(runner, leg, migration, folder);
    } catch (error) {
      if (!isFinal(error)) throw error;
      throw await takenBack(runner, begun, folder, error);
    }
  }
}

async function move(
  runner: Runner,
  leg: Leg,
  migration: Migration,
  folder: readonly Migration[],
): Promise<void> {
  const surroundings = await surroundingsOf(runner, leg, migration, folder);
  const all = statements(leg.move, migration, surroundings);
  // What contract has prepared may have taken long: the database may be another by then.
  const { ledger } = surroundings;
  const isBegun = ledger.migrations[leg.migration]?.state !== "filled";
  const first = isBegun || isInstalling(ledger) ? -1 : all.findIndex(isMark);
  if (first < 0) return applyChanges(runner, migration, all);
  await applyChanges(runner, migration, all.slice(0, first));
  await refuseChanged(runner, leg, folder);
  if (runner.settings.goal === "contracted") await tryContract(runner, [migration], folder);
  await applyChanges(runner, migration, all.slice(first));
}

const isMark = (statement: Statement): boolean =>
  statement.kind === "change" && statement.state === "contracting";

/**
 * The text to expand from: the ledger's, unless the files have changed since an expansion that
 * never ended.
 */
async function expandable(
  runner: Runner,
  leg: Leg,
  ledger: Ledger,
  folder: readonly Migration[],
): Promise<Migration> {
  const given = folder.find((migration) => migration.id === leg.migration);
  const recorded = ledger.migrations[leg.migration];
  if (recorded === undefined && restoredBy(leg.migration) !== null)
    return wayBack(runner, leg.migration, ledger);
  const text = await recordedOrGiven(leg.migration, ledger, folder);
  if (recorded?.state !== "expanding" || given === undefined) return text;
  const edited = differences(leg.migration, recorded.files, given.files);
  if (edited.length === 0) return text;
  runner.log(
    `Files of ${leg.migration} changed since an expansion that did not end: taking that one back first`,
  );
  await move(runner, { move: "undo", migration: leg.migration }, text, folder);
  await refuseObjections(runner, "expand", given, folder);
  return given;
}

/** A refusal leaves nothing behind: what this run began is taken back, the last first. */
async function takenBack(
  runner: Runner,
  begun: readonly string[],
  folder: readonly Migration[],
  error: unknown,
): Promise<Refusal> {
  const reason =
    error instanceof Refusal
      ? error.message
      : `Cannot expand as the database refused a statement: ${messageOf(error)}`;
  try {
    for (const id of begun.toReversed()) {
      const ledger = await currentLedger(runner);
      if (!["expanding", "expanded"].includes(ledger.migrations[id]?.state ?? "")) continue;
      await move(runner, { move: "undo", migration: id }, await recordedOrGiven(id, ledger, folder), folder);
    }
    const note = error instanceof Refusal ? "" : ". Everything that was added has been taken away again";
    return new Refusal(`${reason}${note}`, error instanceof Refusal ? error.facts : {});
  } catch (second) {
    return new Refusal(
      `${reason}. Taking back what was added failed too: ${messageOf(second)}; the stage stable takes it back`,
    );
  }
}

/** Whether trying again would end in the same way. */
function isFinal(error: unknown): boolean {
  if (error instanceof Refusal) return !(error instanceof Interruption);
  // Out of resources (53), operator intervention (57), system error (58): the next attempt goes on.
  return (
    /^[0-9A-Z]{5}$/.test(codeOf(error)) && !isConnectionLoss(error) && !/^(53|57|58)/.test(codeOf(error))
  );
}
