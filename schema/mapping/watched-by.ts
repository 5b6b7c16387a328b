import { tablesOfMapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { syncSchema } from "../sql/names.ts";
import type { Watched } from "../sync/definitions.ts";
import { kindOf } from "./kinds.ts";

/** What a migration relies on while both forms are there. */
export function watchedBy(migration: Migration): Watched {
  const tables = [...new Set(migration.mappings.flatMap(tablesOfMapping))];
  const functions = migration.mappings.flatMap((mapping) => kindOf(mapping).functions(mapping));
  return {
    triggers: tables,
    columns: tables,
    functions: [...new Set(functions)],
    schemas: [syncSchema(migration.id)],
  };
}
