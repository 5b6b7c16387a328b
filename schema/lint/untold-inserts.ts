import { activeMappings } from "../mapping/active-mappings.ts";
import type { Migration } from "../migration/migration.ts";
import { untoldInsert } from "../sync/untold-insert.ts";
import type { KnownSchema } from "./known-schema.ts";

/**
 * Mappings of which nobody can tell by values who inserted a row, as far as the files tell: of an
 * adopted table the catalog is asked before anything is added.
 */
export const untoldInserts = (migration: Migration, known: KnownSchema): readonly string[] =>
  activeMappings(migration).flatMap((active) => {
    const why = untoldInsert(active, (table, column) => known.tables.get(table)?.columns.get(column));
    return why === null ? [] : [`migration.yaml: mapping of ${active.mapping.table}: ${why}`];
  });
