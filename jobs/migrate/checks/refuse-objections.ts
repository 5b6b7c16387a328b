import type { Facts, Ledger } from "../../../schema/state/catalog.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { syncSchema } from "../../../schema/sql/names.ts";
import { defaultNotes } from "../../../schema/checks/default-notes.ts";
import { triggerNotes } from "../../../schema/checks/application-triggers.ts";
import { objections, type Moment } from "../../../schema/checks/preflight.ts";
import { protectionNotes } from "../../../schema/protection/protection-notes.ts";
import type { Leg } from "../../../schema/state/migration-path.ts";
import { schemaNotes } from "../../../schema/checks/open-schemas.ts";
import { contractText } from "../ledger/contract-text.ts";
import { readFacts } from "../database/read-catalog.ts";
import { isInstalling } from "../ledger/open-ledger.ts";
import { readProtection } from "../database/read-protection.ts";
import { activeBesides, currentLedger, recordedOrGiven } from "../ledger/recorded-migration.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import type { Goal } from "../../../protocol/jobs/migrate-settings.ts";
import { tablesOf } from "../database/tables-in.ts";

/**
 * Checks in the catalog whether a migration can go on, and logs what people should know before it
 * begins.
 * @throws {Refusal} with all objections
 */
export async function refuseObjections(
  runner: Runner,
  moment: Moment,
  migration: Migration,
  folder: readonly Migration[],
): Promise<void> {
  const { worker, settings, store, log } = runner;
  const ledger = await currentLedger(runner);
  const facts = await readFacts(worker, settings.schema, tablesOf(migration));
  const others = await activeBesides(migration.id, ledger, folder);
  const definitions = await store.readDefinitions(settings.schema);
  const { schema, appRole, logins, sharesLogin } = settings;
  const application = [appRole, logins.blue, logins.green];
  const protection = isInstalling(ledger) ? null : await readProtection(runner, tablesOf(migration));
  const asked = {
    migration,
    schema,
    application,
    sharesLogin,
    facts,
    ledger,
    others,
    definitions,
    protection,
  };
  const found = objections(moment, asked);
  if (found.length > 0) {
    const what = { expand: "expand", both: "go on with", contract: "go on with", undo: "take back" }[moment];
    throw new Refusal(`Cannot ${what} ${migration.id} as ${found.join("; and ")}. Nothing was changed`, {
      objections: found.length,
    });
  }
  if (moment !== "expand") return;
  const notes = [
    ...schemaNotes(schema, facts.creators),
    ...triggerNotes(migration, facts),
    ...defaultNotes(migration, facts),
    ...(protection === null ? [] : protectionNotes(migration, facts, protection, "expand")),
  ];
  for (const note of notes) log(note);
}

/**
 * Asks the same again before a leg that relies on what the expansion found and made, as it may have
 * changed since.
 * @throws {Refusal} with all that speaks against it
 */
export async function refuseChanged(runner: Runner, leg: Leg, folder: readonly Migration[]): Promise<void> {
  const ledger = await currentLedger(runner);
  const moment = momentOf(leg, ledger, runner.settings.goal);
  if (moment === null) return;
  const textOf = moment === "contract" ? contractText : recordedOrGiven;
  const migration = await textOf(leg.migration, ledger, folder);
  const facts = await readFacts(runner.worker, runner.settings.schema, []);
  if (isSyncOver(migration, ledger, facts)) return;
  await refuseObjections(runner, moment, migration, folder);
}

/** Before it is filled, an undo loses nothing. */
function momentOf({ move, migration }: Leg, ledger: Ledger, goal: Goal): Moment | null {
  const state = ledger.migrations[migration]?.state;
  if (move === "undo") return state === "filled" ? "undo" : null;
  if (state === "finished") return null;
  return move === "contract" || goal === "contractible" ? "contract" : "both";
}

/** Contract has begun to drop, and nothing keeps both forms in step any more. */
function isSyncOver(migration: Migration, ledger: Ledger, facts: Facts): boolean {
  const isContracting = ledger.migrations[migration.id]?.state === "contracting";
  return isContracting && !facts.schemas.includes(syncSchema(migration.id));
}
