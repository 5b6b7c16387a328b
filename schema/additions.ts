import type { AddedColumn } from "./action.ts";
import type { Migration } from "./migration.ts";

/** Tables that this migration's expand.sql creates: nobody uses them yet, so nothing about them can block anybody. */
export function createdTables(migration: Pick<Migration, "expand">): readonly string[] {
  return migration.expand.flatMap(({ effect }) =>
    effect.kind === "create-table" ? [effect.table.name] : [],
  );
}

/** Columns that expand.sql adds to a table. */
export function addedColumns(migration: Pick<Migration, "expand">, table: string): readonly AddedColumn[] {
  return migration.expand.flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === table
      ? effect.actions.filter((action): action is AddedColumn => action.kind === "add-column")
      : [],
  );
}
