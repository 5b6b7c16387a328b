import type { Ledger } from "../../../schema/state/catalog.ts";
import { Refusal } from "../refusal.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";

/** @throws {Refusal} while the new version has not served for long enough */
export function refuseEarlyContract({ soakSeconds }: MigrateSettings, ledger: Ledger): void {
  const switched = ledger.events["switched"];
  if (switched === undefined) {
    throw new Refusal(
      "Cannot contract as the ledger records no switch: the new version has not served yet. Complete the stage switch first",
    );
  }
  const left = Math.ceil(soakSeconds - switched.secondsAgo);
  if (left > 0) {
    throw new Refusal(
      `Cannot contract yet as the new version must serve for ${soakSeconds} s: it has for ${Math.floor(switched.secondsAgo)} s, since ${switched.at}. Repeat in ${left} s`,
      { secondsLeft: left },
    );
  }
}
