import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "../../schema/state/catalog.ts";
import type { Migration } from "../../schema/migration/migration.ts";
import { readMigrations } from "../../schema/migration/read-migrations.ts";
import { PHASES, phaseNamed } from "../../release/phases.ts";
import { unrecognised } from "../../schema/state/expected-states.ts";
import { describe, route } from "../../schema/state/migration-path.ts";
import { awaitNoConnections } from "./checks/await-no-connections.ts";
import { beginWork } from "./begin-work.ts";
import { INSTALLED, isInstalling, openLedger } from "./ledger/open-ledger.ts";
import { refuseEdited } from "./checks/refuse-edited.ts";
import { refuseForeignLedger } from "./checks/refuse-foreign-ledger.ts";
import { refuseChanged } from "./checks/refuse-objections.ts";
import { refuseUnsafe } from "./checks/refuse-unsafe.ts";
import { Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { summary } from "./summary.ts";
import { runMoves } from "./run-moves.ts";
import { preflight } from "./contract/preflight.ts";

/** Goes the way to the goal; the sentence that it returns says what is true then. */
export async function reachGoal(runner: Runner): Promise<string> {
  const { settings, store } = runner;
  await refuseForeignLedger(runner);
  if (settings.goal === "vacated") {
    const vacated = await awaitNoConnections(runner);
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
  refuseUnsafe(folder, planned.legs, ledger, settings.sharesLogin);

  await preflight(runner, { legs: planned.legs, ledger, folder });
  await runMoves(runner, folder, planned.legs);
  if (isInstalling(ledger)) {
    await runner.worker.transaction(() => store.recordEvent(INSTALLED));
  }
  if (settings.record !== null) await recordSwitch(runner);
  return summary(runner, planned.legs);
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
