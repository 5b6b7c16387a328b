import { newColumns, withoutCreatedDomains } from "../migration/added-objects.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";
import { kindOf } from "./kinds.ts";

/** The mappings of a migration, each with its new columns. */
export function activeMappings(migration: Migration): readonly ActiveMapping[] {
  return migration.mappings.map((mapping, index) => {
    const added = newColumns(migration, homeOf(mapping, "new").table);
    const created = mapping.new.flatMap(({ name }) => added.find((column) => column.column === name) ?? []);
    const held = created.map((column) => withoutCreatedDomains(migration, column));
    const makes = migration.sync.flatMap(({ tree, effect }) =>
      "CreateFunctionStmt" in tree && effect.kind === "create-function" && effect.name === mapping.toNew
        ? [tree.CreateFunctionStmt]
        : [],
    )[0];
    return {
      migration: migration.id,
      place: index + 1,
      mapping,
      kind: kindOf(mapping),
      created,
      held,
      makes,
    };
  });
}
