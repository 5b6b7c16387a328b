import type { Ledger } from "../../../schema/state/catalog.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { describe, type Leg } from "../../../schema/state/migration-path.ts";
import { awaitNoConnections } from "../checks/await-no-connections.ts";
import { logLosses } from "../checks/log-losses.ts";
import { refuseConstraintViolations } from "../checks/refuse-constraint-violations.ts";
import { refuseDependents } from "../checks/refuse-dependents.ts";
import { refuseEarlyContract } from "../checks/refuse-early-contract.ts";
import { refuseChanged } from "../checks/refuse-objections.ts";
import { contractText } from "../ledger/contract-text.ts";
import { isInstalling } from "../ledger/open-ledger.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { tryContract } from "./try-contract.ts";

/** Where a run is, and where it is going. */
export interface Way {
  readonly legs: readonly Leg[];
  readonly ledger: Ledger;
  readonly folder: readonly Migration[];
}

/**
 * All checks before anything is removed that a version needs: before contract drops, before an
 * undo, and for the goal `contractible`, which is just these checks. Changes nothing.
 *
 * @throws {Refusal} at the first check that fails
 */
export async function preflight(runner: Runner, way: Way): Promise<void> {
  const { legs, ledger, folder } = way;
  if (runner.settings.goal === "contractible") refuseEarlyContract(runner.settings, ledger);
  const contracting = await toContract(runner, way);
  await refuseDependents(runner, contracting);
  await refuseConstraintViolations(runner, contracting);
  await logLosses(runner, contracting);
  await awaitIdle(runner, ledger, legs);
  if (isInstalling(ledger)) return;
  // Our own checks first: their messages are clearer than PostgreSQL's.
  for (const { id } of contracting) await refuseChanged(runner, { move: "contract", migration: id }, folder);
  await tryContract(runner, contracting, folder);
}

/** Migrations whose contract phase this run checks or starts. */
function toContract(
  { settings: { goal }, log }: Runner,
  { legs, ledger, folder }: Way,
): Promise<readonly Migration[]> {
  const concerned = legs.filter(
    ({ migration, move }) =>
      (move === "contract" || (goal === "contractible" && move === "verify")) &&
      ledger.migrations[migration]?.state === "filled",
  );
  return Promise.all(concerned.map(({ migration }) => contractText(migration, ledger, folder, log)));
}

/** Before anything is removed that a version needs, that version must have no connection left. */
async function awaitIdle(runner: Runner, ledger: Ledger, legs: readonly Leg[]): Promise<void> {
  const { goal, vacate, podsGone } = runner.settings;
  const isFirst = Object.keys(ledger.migrations).length === 0 || isInstalling(ledger);
  const drops = !isFirst && legs.some((leg) => leg.move === "contract");
  const undoes = legs.some(
    (leg) => leg.move === "undo" && ledger.migrations[leg.migration]?.state !== "expanding",
  );
  if (undoes && vacate === null && !podsGone) {
    throw new Refusal(
      `Cannot take an expansion back as the idle login must have no connection, and "vacate" names none: ${describe(ledger)}`,
    );
  }
  if ((goal === "contractible" || drops || undoes) && !podsGone) await awaitNoConnections(runner);
}
