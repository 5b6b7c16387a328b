import type { Facts } from "../state/catalog.ts";
import { knownDefault } from "../expressions/known-default.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";

/**
 * Old columns whose default is evaluated at each insert, so that a value of it cannot be told from
 * one that was written. One sentence each.
 */
export function defaultNotes({ mappings }: Pick<Migration, "mappings">, facts: Facts): readonly string[] {
  return mappings.flatMap((mapping) => {
    const { table } = homeOf(mapping, "old");
    const columns = facts.tables[table]?.columns ?? {};
    const fresh = mapping.new.map(({ name }) => name).join(", ");
    return mapping.old.flatMap((name) => {
      const column = columns[name];
      if (column === undefined || knownDefault(column) !== null) return [];
      return [
        `The default of ${table}.${name} is not a constant (${column.default ?? column.typeDefault ?? ""}), so its value cannot be told from one that was written: an insert by the new version that names only ${name} counts as one that left ${fresh} empty`,
      ];
    });
  });
}
