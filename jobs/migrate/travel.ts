import type { Ledger } from "../../schema/facts.ts";
import type { Migration } from "../../schema/migration.ts";
import { restoredBy } from "../../schema/names.ts";
import type { Leg } from "../../schema/route.ts";
import { statements } from "../../schema/statements.ts";
import { activeMappings } from "../../schema/sync-trigger.ts";
import { readFacts } from "./facts-reader.ts";
import { perform } from "./perform.ts";
import { activeBesides, currentLedger, recordedOrGiven, wayBack } from "./recorded-migration.ts";
import { Interruption, Refusal } from "./refusal.ts";
import { differences } from "./refuse-edited.ts";
import { refuseChanged, refuseObjections } from "./refuse-objections.ts";
import type { Runner } from "./runner.ts";
import { codeOf, isConnectionLoss, messageOf } from "./session.ts";
import { tablesOf } from "./tables-of.ts";
import { writersOf } from "./writers-of.ts";

/** Goes leg after leg. A refused expansion takes back what was begun; anything else stands, and the next run goes on from there. */
export async function travel(
  runner: Runner,
  folder: readonly Migration[],
  legs: readonly Leg[],
): Promise<void> {
  const begun: string[] = [];
  for (const leg of legs) {
    const ledger = await currentLedger(runner);
    if (leg.move !== "expand") {
      await refuseChanged(runner, leg, folder);
      await move(runner, leg, await recordedOrGiven(leg.migration, ledger, folder), folder);
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
  const ledger = await currentLedger(runner);
  const others = await activeBesides(leg.migration, ledger, folder);
  const { schema } = runner.settings;
  const { tables } = await readFacts(runner.worker, schema, [migration, ...others].flatMap(tablesOf));
  const surroundings = {
    schema,
    ledger,
    tables,
    others: others.flatMap(activeMappings),
    writers: writersOf(runner.settings, leg),
  };
  await perform(runner, migration, statements(leg.move, migration, surroundings));
}

/** The text to expand from: the ledger's, unless the files have changed since an expansion that never ended. */
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
