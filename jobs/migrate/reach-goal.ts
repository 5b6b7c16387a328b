import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import { readMigrations } from "../../schema/migration/read-migrations.ts";
import { PHASES, phaseNamed } from "../../release/phases.ts";
import { unrecognised } from "../../schema/state/expected-states.ts";
import { describe, route, type Leg } from "../../schema/state/migration-path.ts";
import { awaitVacated } from "./checks/await-no-connections.ts";
import { contractText } from "./ledger/contract-text.ts";
import { beginWork } from "./begin-work.ts";
import { logLosses } from "./checks/log-losses.ts";
import { INSTALLED, isInstalling, openLedger } from "./ledger/open-ledger.ts";
import { refuseDependents } from "./checks/refuse-dependents.ts";
import { refuseEdited } from "./checks/refuse-edited.ts";
import { refuseForeignLedger } from "./checks/refuse-foreign-ledger.ts";
import { refuseChanged } from "./checks/refuse-objections.ts";
import { refuseUnmet } from "./checks/refuse-constraint-violations.ts";
import { refuseUnsafe } from "./checks/refuse-unsafe.ts";
import { Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { refuseUnsoaked } from "./checks/refuse-early-contract.ts";
import { summary } from "./summary.ts";
import { travel } from "./run-moves.ts";
import { tryContract } from "./contract/try-contract.ts";

/** Goes the way to the goal; the sentence that it returns says what is true then. */
export async function reachGoal(runner: Runner): Promise<string> {
  const { settings, store } = runner;
  await refuseForeignLedger(runner);
  if (settings.goal === "vacated") {
    const vacated = await awaitVacated(runner);
    if (settings.record !== null) {
      await beginWork(runner);
      await recordSwitch(runner);
    }
    return vacated;
  }
  const folder = await readMigrations(settings.folder ?? defaultFolder());
  const ledger = await openLedger(runner, folder);
  if (settings.goal === "recognised") return recognised(runner, folder, ledger);
  await beginWork(runner);

  const goal = settings.goal === "contractible" || settings.goal === "intact" ? "verified" : settings.goal;
  const known = folder.map((migration) => migration.id);
  const planned = route({ goal, from: settings.from, to: settings.to, known, ledger });
  if ("refusal" in planned) throw new Refusal(planned.refusal);
  if (settings.goal === "intact") {
    for (const leg of planned.legs) await refuseChanged(runner, leg, folder);
    return summary(runner, planned.legs);
  }
  refuseEdited(runner, folder, ledger, planned.legs);
  refuseUnsafe(folder, planned.legs, ledger);

  if (settings.goal === "contractible") refuseUnsoaked(settings, ledger);
  const contracting = await toContract(runner, planned.legs, ledger, folder);
  await refuseDependents(runner, contracting);
  await refuseUnmet(runner, contracting);
  await logLosses(runner, contracting);
  await awaitIdle(runner, ledger, planned.legs);
  if (!isInstalling(ledger)) {
    // In our own words before PostgreSQL's.
    for (const { id } of contracting)
      await refuseChanged(runner, { move: "contract", migration: id }, folder);
    await tryContract(runner, contracting, folder);
  }
  await travel(runner, folder, planned.legs);
  if (isInstalling(ledger)) {
    await runner.worker.transaction(() => store.recordEvent(INSTALLED));
  }
  if (settings.record !== null) await recordSwitch(runner);
  return summary(runner, planned.legs);
}

/** Migrations whose contract phase this run checks or starts. */
function toContract(
  { settings: { goal }, log }: Runner,
  legs: readonly Leg[],
  ledger: Ledger,
  folder: readonly Migration[],
): Promise<readonly Migration[]> {
  const concerned = legs.filter(
    ({ migration, move }) =>
      (move === "contract" || (goal === "contractible" && move === "verify")) &&
      ledger.migrations[migration]?.state === "filled",
  );
  return Promise.all(concerned.map(({ migration }) => contractText(migration, ledger, folder, log)));
}

/** Before anything goes that a version needs, nobody of that version may be there. */
async function awaitIdle(runner: Runner, ledger: Ledger, legs: readonly Leg[]): Promise<void> {
  const { goal, vacate } = runner.settings;
  const isFirst = Object.keys(ledger.migrations).length === 0 || isInstalling(ledger);
  const drops = !isFirst && legs.some((leg) => leg.move === "contract");
  const undoes = legs.some(
    (leg) => leg.move === "undo" && ledger.migrations[leg.migration]?.state !== "expanding",
  );
  if (undoes && vacate === null) {
    throw new Refusal(
      `Cannot take an expansion back as the idle login must have no connection, and "vacate" names none: ${describe(ledger)}`,
    );
  }
  if (goal === "contractible" || drops || undoes) await awaitVacated(runner);
}

/** Looks, and changes nothing: for a stack whose state was lost. */
function recognised({ settings }: Runner, folder: readonly Migration[], ledger: Ledger): string {
  const known = folder.map((migration) => migration.id);
  const phase = phaseNamed(settings.stage);
  const stage = { name: settings.stage, states: phase ? PHASES[phase].ledger : [] };
  const refusal = unrecognised(stage, settings.from, settings.to, known, ledger);
  if (refusal !== null) throw new Refusal(refusal);
  return `The schema is as ${settings.stage} leaves it: ${describe(ledger)}.`;
}

async function recordSwitch(runner: Runner): Promise<void> {
  await runner.worker.transaction(() => runner.store.recordEvent("switched"));
}

/** Beside the program in the image; in the checkout when run from there. */
function defaultFolder(): string {
  const beside = join(import.meta.dirname, "migrations");
  return existsSync(beside) ? beside : "migrations";
}
