import { describeColumn, type AddedColumn } from "./action.ts";
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

/** Columns with which expand.sql creates a table. */
function createdColumns(migration: Pick<Migration, "expand">, table: string): readonly AddedColumn[] {
  return migration.expand.flatMap(({ effect, tree }) =>
    effect.kind === "create-table" && effect.table.name === table && "CreateStmt" in tree
      ? (tree.CreateStmt.tableElts ?? []).flatMap((element) =>
          "ColumnDef" in element ? [describeColumn(element.ColumnDef)] : [],
        )
      : [],
  );
}

/** Every column that expand.sql brings to a table, whether with it or later. */
export function newColumns(migration: Pick<Migration, "expand">, table: string): readonly AddedColumn[] {
  return [...createdColumns(migration, table), ...addedColumns(migration, table)];
}
