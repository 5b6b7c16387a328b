import { tablesOfMapping } from "../../../schema/migration/manifest.ts";
import type { Migration } from "../../../schema/migration/migration.ts";

/** Names of the tables in a migration's files. */
export function tablesOf(migration: Migration): readonly string[] {
  const named = [...migration.expand, ...migration.contract].flatMap(({ effect }) =>
    effect.kind === "create-table" ||
    effect.kind === "alter-table" ||
    effect.kind === "create-index" ||
    effect.kind === "insert"
      ? [effect.table.name]
      : effect.kind === "drop" && effect.type === "OBJECT_TABLE"
        ? effect.names
        : [],
  );
  return [...new Set([...named, ...migration.mappings.flatMap(tablesOfMapping)])];
}
