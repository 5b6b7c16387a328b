import { holds, type Ledger } from "../../../schema/state/catalog.ts";
import { acceptedMigration, type Migration } from "../../../schema/migration/migration.ts";
import { restoredBy } from "../../../schema/sql/names.ts";
import { restoreFiles } from "../../../schema/restore/files.ts";
import type { Stricter } from "../../../schema/restore/part.ts";
import { readFacts } from "../database/read-catalog.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { tablesOf } from "../database/tables-in.ts";

/** The other migrations that are expanded and not contracted, in order. */
export async function activeBesides(
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
export async function recordedOrGiven(
  id: string,
  ledger: Ledger,
  folder: readonly Migration[],
): Promise<Migration> {
  const recorded = ledger.migrations[id];
  if (recorded !== undefined) return acceptedMigration(id, recorded.files);
  const given = folder.find((migration) => migration.id === id);
  if (given === undefined) throw new Refusal(`Cannot find migration ${id} in the image or the ledger`);
  return given;
}

/**
 * The way back of a finished migration, made of its own files and of how its tables were.
 * @throws {Refusal} where none follows from those
 */
export async function wayBack(runner: Runner, id: string, ledger: Ledger): Promise<Migration> {
  const original = restoredBy(id) ?? id;
  const recorded = ledger.migrations[original];
  if (recorded === undefined) throw new Refusal(`Cannot take ${original} back as it is not in the ledger`);
  const migration = await acceptedMigration(original, recorded.files);
  const made = restoreFiles(migration, await runner.store.readShape(original));
  if ("files" in made) {
    await refuseStricter(runner, migration, made.stricter, ledger);
    return acceptedMigration(id, made.files);
  }
  throw new Refusal(
    `Cannot take ${original} back as ${made.refusals.join("; and ")}. Nothing was changed; release a new migration that goes forward instead`,
    { objections: made.refusals.length },
  );
}

async function refuseStricter(
  { worker, settings }: Runner,
  migration: Migration,
  stricter: readonly Stricter[],
  ledger: Ledger,
): Promise<void> {
  const facts = await readFacts(worker, settings.schema, tablesOf(migration));
  const there = stricter.filter(({ isThere }) => holds(isThere, facts, ledger));
  if (there.length === 0) return;
  const told = there.map(
    ({ what, remedy }) => `${what} would refuse what the older version may write (${remedy.text})`,
  );
  throw new Refusal(
    `Cannot take ${migration.id} back as ${told.join("; and ")}. Nothing was changed; drop ${there.length === 1 ? "it" : "them"} first, and add ${there.length === 1 ? "it" : "them"} again if the way back is given up`,
    { objections: there.length },
  );
}

export async function currentLedger(runner: Runner): Promise<Ledger> {
  const ledger = await runner.store.read();
  if (ledger === null) throw new Refusal("Cannot go on as the ledger has disappeared");
  return ledger;
}
