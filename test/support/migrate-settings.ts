import { LIMITS } from "../../jobs/migrate/pressure.ts";
import type { MigrateSettings } from "../../jobs/migrate/settings.ts";
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
    vacate: null,
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

let number = 0;
