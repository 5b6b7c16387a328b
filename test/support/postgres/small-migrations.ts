import type { Folder } from "./release-bench.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";

/**
 * Where most tests of single rules begin: a table with an old column, and a migration that renames
 * it; parts may be replaced.
 */
export function renaming(parts: Partial<MigrationFiles> = {}, table = TABLE): Folder {
  return {
    "0001-table": { "migration.yaml": "description: A table.", "expand.sql": table },
    "0002-change": { ...RENAMING, ...parts },
  };
}

export const RELEASE = { from: "0001-table", to: "0002-change" } as const;

const TABLE = "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text);";

const RENAMING: MigrationFiles = {
  "migration.yaml": `description: Another name.
mappings:
  - { table: item, key: id, old: old_name, new: { new_name: required }, toNew: there, toOld: back }
`,
  "expand.sql": "ALTER TABLE item ADD COLUMN new_name text;",
  "sync.sql": `CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;`,
  "contract.sql": "ALTER TABLE item DROP COLUMN old_name;",
};
