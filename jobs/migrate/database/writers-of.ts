import type { Leg } from "../../../schema/state/migration-path.ts";
import { NO_WRITERS, type Writers } from "../../../schema/sync/writers.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";

/**
 * Which version each login belongs to. In `stable` one version serves and the other login is idle:
 * an expansion that is undone leaves the old version, and one that is contracted the new one.
 */
export function writersOf(
  { writers, logins, vacate }: Pick<MigrateSettings, "writers" | "logins" | "vacate">,
  { move }: Pick<Leg, "move">,
): Writers {
  if (writers !== null) return writers;
  if (vacate === null) return NO_WRITERS;
  const serving = vacate === logins.blue ? logins.green : logins.blue;
  return move === "undo" ? { old: serving, new: vacate } : { old: vacate, new: serving };
}
