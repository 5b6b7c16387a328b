import { describeColumn, storedTypeOf, type AddedColumn } from "../sql/alter-table-action.ts";
import type { Migration } from "./migration.ts";
import { listed, typeName } from "../sql/parse-tree.ts";
import { sql } from "../sql/sql.ts";

/**
 * Tables that this migration's expand.sql creates: nobody uses them yet, so nothing about them can
 * block anybody.
 */
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

/** A type with what the parser calls it. */
export type NamedType = Pick<AddedColumn, "type" | "typeName" | "uncut">;

/**
 * What a type is made over, where it is a domain that expand.sql makes: before that has run,
 * nothing can be cast to the domain.
 */
export function withoutCreatedDomains(migration: Pick<Migration, "expand">, type: NamedType): NamedType {
  const domains = new Map<string, NamedType>();
  for (const { tree } of migration.expand) {
    if (!("CreateDomainStmt" in tree)) continue;
    const { domainname, typeName: base } = tree.CreateDomainStmt;
    const over = { ...storedTypeOf(base), typeName: typeName(base) };
    domains.set(listed(domainname).at(-1) ?? "", madeOver(domains, over));
  }
  return madeOver(domains, type);
}

function madeOver(domains: ReadonlyMap<string, NamedType>, type: NamedType): NamedType {
  const base = domains.get(type.typeName);
  if (base === undefined || !type.type.text.endsWith("[]")) return base ?? type;
  return { ...base, type: sql`${base.type}[]`, uncut: base.uncut && sql`${base.uncut}[]` };
}
