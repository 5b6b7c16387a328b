import { foreignLedger, type LedgerIdentity } from "../../../schema/state/ledger-identity.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";

/** What the ledger must belong to; null where the program did not pass it. */
export function identityOf({ identity, schema }: MigrateSettings): LedgerIdentity | null {
  return identity === undefined ? null : { ...identity, schema };
}

/** @throws {Refusal} where the database's ledger belongs to another application, schema or stack */
export async function refuseForeignLedger({ settings, store }: Runner): Promise<void> {
  const ours = identityOf(settings);
  const found = ours === null ? null : await store.readIdentity();
  const foreign = ours === null || found === null ? null : foreignLedger(found, ours);
  if (foreign === null) return;
  const ignored =
    settings.first && settings.baseline !== null
      ? `, nor adopt it by database.baseline ${settings.baseline}`
      : "";
  throw new Refusal(`Cannot work on this database${ignored} as ${foreign}. Nothing was changed`);
}
