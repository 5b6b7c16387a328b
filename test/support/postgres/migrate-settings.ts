import { LIMITS } from "../../../protocol/jobs/backfill-limits.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";
import type { TestDatabase } from "./postgres.ts";

/** Settings of the migrate job for a test's database; a number that grows with every call. */
export function migrateSettingsFor(database: TestDatabase, parts: Partial<MigrateSettings>): MigrateSettings {
  return {
    goal: "base",
    from: null,
    to: null,
    number: ++number,
    stage: "test",
    schema: database.schema,
    owner: database.roles.owner,
    appRole: database.roles.app,
    logins: { blue: database.roles.blue, green: database.roles.green },
    writers: writersFor(database, parts),
    sharesLogin: false,
    vacate: null,
    podsGone: false,
    soakSeconds: 0,
    first: false,
    baseline: null,
    record: null,
    deadlineSeconds: 20,
    limits: LIMITS,
    ranges: 1,
    folder: "migrations",
    ...parts,
  };
}

/**
 * The old version is blue, and the new one green. On the way back to an older schema green is the
 * one that the release comes from.
 */
function writersFor(
  { roles: { blue, green } }: TestDatabase,
  { goal, from, to }: Partial<MigrateSettings>,
): MigrateSettings["writers"] {
  if (goal === "base") return null;
  return (from ?? "") > (to ?? "") ? { old: green, new: blue } : { old: blue, new: green };
}

let number = 0;
