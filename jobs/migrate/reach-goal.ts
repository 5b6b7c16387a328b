import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "../../schema/facts.ts";
import {
  acceptedMigration,
  FILE_NAMES,
  type Migration,
  type MigrationFiles,
} from "../../schema/migration.ts";
import { objections } from "../../schema/objections.ts";
import { readMigrations } from "../../schema/read-migrations.ts";
import { describe, route, type Leg } from "../../schema/route.ts";
import { unrecognised } from "../../schema/recognise.ts";
import { statements } from "../../schema/statements.ts";
import { activeMappings } from "../../schema/sync-trigger.ts";
import { awaitVacated } from "./await-vacated.ts";
import { INSTALLED, isInstalling, openLedger } from "./open-ledger.ts";
import { readFacts } from "./facts-reader.ts";
import { perform, tablesOf } from "./perform.ts";
import { Interruption, Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { codeOf, isConnectionLoss, messageOf } from "./session.ts";
import { refuseUnsoaked } from "./soak.ts";

/** Goes the way to the goal; the sentence that it returns says what is true then. */
export async function reachGoal(runner: Runner): Promise<string> {
  const { settings, store } = runner;
  if (settings.goal === "vacated") {
    const vacated = await awaitVacated(runner);
    if (settings.record !== null) await recordSwitch(runner);
    return vacated;
  }
  const folder = await readMigrations(settings.folder ?? defaultFolder());
  const ledger = await openLedger(runner, folder);
  if (settings.goal === "recognised") return recognised(runner, folder, ledger);
  await store.takeNumber();

  const goal = settings.goal === "contractible" ? "verified" : settings.goal;
  const known = folder.map((migration) => migration.id);
  const planned = route({ goal, from: settings.from, to: settings.to, known, ledger });
  if ("refusal" in planned) throw new Refusal(planned.refusal);

  if (settings.goal === "contractible") refuseUnsoaked(settings, ledger);
  const isFirst = Object.keys(ledger.migrations).length === 0 || isInstalling(ledger);
  const drops = planned.legs.some((leg) => leg.move === "contract") && !isFirst;
  if (settings.goal === "contractible" || drops) await awaitVacated(runner);
  if (
    planned.legs.some((leg) => leg.move === "undo" && ledger.migrations[leg.migration]?.state !== "expanding")
  ) {
    if (settings.vacate === null) {
      throw new Refusal(
        `Cannot take an expansion back as the idle login must have no connection, and "vacate" names none: ${describe(ledger)}`,
      );
    }
    await awaitVacated(runner);
  }
  await travel(runner, folder, planned.legs);
  if (isInstalling(ledger)) {
    await runner.worker.transaction(() => store.recordEvent(INSTALLED));
  }
  if (settings.record !== null) await recordSwitch(runner);
  return summary(runner, planned.legs);
}

/** Looks, and changes nothing: for a stack whose state was lost. */
function recognised({ settings }: Runner, folder: readonly Migration[], ledger: Ledger): string {
  const known = folder.map((migration) => migration.id);
  const refusal = unrecognised(settings.stage, settings.from, settings.to, known, ledger);
  if (refusal !== null) throw new Refusal(refusal);
  return `The schema is as ${settings.stage} leaves it: ${describe(ledger)}.`;
}

async function travel(runner: Runner, folder: readonly Migration[], legs: readonly Leg[]): Promise<void> {
  const begunHere: string[] = [];
  for (const leg of legs) {
    const ledger = await currentLedger(runner);
    if (leg.move !== "expand") {
      await move(runner, leg, await recordedOrGiven(leg.migration, ledger, folder), folder);
      continue;
    }
    try {
      const isFresh = ledger.migrations[leg.migration] === undefined;
      const migration = await expandable(runner, leg, ledger, folder);
      if (isFresh) await refuseObjections(runner, migration, folder);
      if (isFresh) begunHere.push(leg.migration);
      await move(runner, leg, migration, folder);
    } catch (error) {
      if (!isFinal(error)) throw error;
      throw await takenBack(runner, begunHere, folder, error);
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
  const surroundings = { schema, ledger, tables, others: others.flatMap(activeMappings) };
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
  if (recorded === undefined || given === undefined) return recordedOrGiven(leg.migration, ledger, folder);
  const changed = FILE_NAMES.filter((file) => (given.files[file] ?? "") !== (recorded.files[file] ?? ""));
  const old = await acceptedMigration(leg.migration, recorded.files as unknown as MigrationFiles);
  if (changed.length === 0) return old;
  if (recorded.state !== "expanding") {
    throw new Refusal(
      `Cannot go on with ${leg.migration} as its files must stay as they were when it was expanded: ${changed.join(", ")} changed since. Put them back, or go back to stable and expand again`,
    );
  }
  runner.log(
    `${changed.join(", ")} of ${leg.migration} changed since an expansion that did not end: taking that one back first`,
  );
  await move(runner, { move: "undo", migration: leg.migration }, old, folder);
  await refuseObjections(runner, given, folder);
  return given;
}

async function refuseObjections(
  runner: Runner,
  migration: Migration,
  folder: readonly Migration[],
): Promise<void> {
  const ledger = await currentLedger(runner);
  const facts = await readFacts(runner.worker, runner.settings.schema, tablesOf(migration));
  const others = await activeBesides(migration.id, ledger, folder);
  const found = objections(migration, facts, others, others.flatMap(activeMappings));
  if (found.length === 0) return;
  throw new Refusal(`Cannot expand ${migration.id} as ${found.join("; and ")}. Nothing was changed`, {
    objections: found.length,
  });
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

async function activeBesides(
  id: string,
  ledger: Ledger,
  folder: readonly Migration[],
): Promise<readonly Migration[]> {
  const active = Object.entries(ledger.migrations).filter(
    ([other, { state }]) => other !== id && state !== "finished",
  );
  return Promise.all(
    active
      .map(([other]) => other)
      .sort()
      .map((other) => recordedOrGiven(other, ledger, folder)),
  );
}

/** A migration that has begun is what its files said then. */
async function recordedOrGiven(id: string, ledger: Ledger, folder: readonly Migration[]): Promise<Migration> {
  const recorded = ledger.migrations[id];
  if (recorded !== undefined) return acceptedMigration(id, recorded.files as unknown as MigrationFiles);
  const given = folder.find((migration) => migration.id === id);
  if (given === undefined) throw new Refusal(`Cannot find migration ${id} in the image or the ledger`);
  return given;
}

async function currentLedger(runner: Runner): Promise<Ledger> {
  const ledger = await runner.store.read();
  if (ledger === null) throw new Refusal("Cannot go on as the ledger has disappeared");
  return ledger;
}

async function recordSwitch(runner: Runner): Promise<void> {
  await runner.worker.transaction(() => runner.store.recordEvent("switched"));
}

/** Beside the program in the image; in the checkout when run from there. */
function defaultFolder(): string {
  const beside = join(import.meta.dirname, "migrations");
  return existsSync(beside) ? beside : "migrations";
}

function summary(runner: Runner, legs: readonly Leg[]): string {
  const { settings, figures } = runner;
  const moved = (move: Leg["move"]) =>
    legs
      .filter((leg) => leg.move === move)
      .map((leg) => leg.migration)
      .join(", ");
  const to = settings.to ?? "no schema";
  switch (settings.goal) {
    case "base": {
      const undone = moved("undo");
      const finished = moved("contract");
      const done = [finished && `${finished} brought in`, undone && `${undone} taken back`]
        .filter(Boolean)
        .join(", ");
      return `The schema is exactly ${to}${done ? `: ${done}` : "; nothing had to be done"}${archived(runner)}.`;
    }
    case "expanded":
      return `The schema serves both versions: ${moved("expand") || "nothing to expand"}${figures.nonRoundTripRows > 0 ? `; ${figures.nonRoundTripRows} values do not survive there and back and stay as they are` : ""}.`;
    case "filled":
      return `Every row is there in both forms: ${figures.rows} filled now, ${figures.checkedRows} compared, all agree.`;
    case "verified":
      return `Both forms agree in all ${figures.checkedRows} rows.`;
    case "contractible":
      return `Ready to contract: both forms agree in all ${figures.checkedRows} rows, ${settings.vacate ?? "nobody"} has no connection left, and the soak is over.`;
    case "contracted":
      return `The old form is gone: ${moved("contract") || "nothing to contract"}${archived(runner)}.`;
    case "recognised":
      return `The schema is as ${settings.stage} leaves it.`;
    case "vacated":
      return `No connection of ${settings.vacate ?? "anybody"} is left.`;
  }
}

function archived({ figures }: Runner): string {
  return figures.archivedRows > 0
    ? `; ${figures.archivedRows} values that would have been lost are kept in schema zero_downtime`
    : "";
}
