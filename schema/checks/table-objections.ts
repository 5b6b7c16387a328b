import { createdTables } from "../migration/added-objects.ts";
import { madeObject } from "../migration/made-objects.ts";
import { tablesOfMapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import type { Asked } from "../protection/asked.ts";
import { identifier } from "../sql/sql.ts";

/** Tables that the migration changes, and does not create. */
function changedTables(migration: Migration): readonly string[] {
  const made = migration.expand.flatMap(({ tree }) => madeObject(tree)?.name ?? []);
  const fresh = [...createdTables(migration), ...made];
  const changed = [
    ...migration.mappings.flatMap(tablesOfMapping),
    ...migration.expand.flatMap(({ effect }) =>
      effect.kind === "alter-table" || effect.kind === "create-index" ? [effect.table.name] : [],
    ),
  ];
  return [...new Set(changed)].filter((table) => !fresh.includes(table));
}

/** A table may have been renamed or dropped since. */
export function missingTables({ migration, facts }: Asked): string[] {
  return changedTables(migration)
    .filter((name) => facts.tables[name] === undefined)
    .map((name) => `table ${name} does not exist`);
}

/** What belongs to another role cannot be changed, and its row security would bind us. */
export function ownership({ migration, facts }: Asked): string[] {
  return [...changedTables(migration), ...contractedTables(migration)].flatMap((name) => {
    const table = facts.tables[name];
    return table === undefined || table.owned
      ? []
      : [
          `table ${name} belongs to ${table.ownerName}, and only its owner may change it: set database.owner to that role`,
        ];
  });
}

/** Rows that row security hides would be missing in comparisons, in counts and in archives. */
export function forcedRowSecurity({ migration, facts }: Asked): string[] {
  const read = [
    ...migration.mappings.flatMap(tablesOfMapping),
    ...changedTables(migration),
    ...contractedTables(migration),
  ];
  return [...new Set(read)]
    .filter((name) => facts.tables[name]?.forcedRowSecurity)
    .map(
      (name) =>
        `${name} forces row level security on its owner, so rows could be overlooked: ALTER TABLE ${identifier(name).text} NO FORCE ROW LEVEL SECURITY for the time of the release`,
    );
}

/** Other tables that contract.sql changes or drops. */
function contractedTables(migration: Migration): readonly string[] {
  const changed = changedTables(migration);
  const contracted = migration.contract.flatMap(({ effect }) => {
    if (effect.kind === "alter-table" || effect.kind === "create-index") return [effect.table.name];
    return effect.kind === "drop" && effect.type === "OBJECT_TABLE" ? effect.names : [];
  });
  return [...new Set(contracted)].filter((table) => !changed.includes(table));
}
