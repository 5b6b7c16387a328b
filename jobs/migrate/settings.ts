import { z } from "zod";
import { migrateSettings } from "../../protocol/jobs/migrate-settings.ts";
import { MIGRATION_ID } from "../../schema/sql/names.ts";

const migrationId = z
  .string()
  .regex(MIGRATION_ID, "must be a migration's folder name, like 0002-split-street");

/** The settings as the program hands them over; an id that no migration can have is refused. */
export const settings = migrateSettings.extend({
  from: migrationId.nullable(),
  to: migrationId.nullable(),
  baseline: migrationId.nullable(),
});
