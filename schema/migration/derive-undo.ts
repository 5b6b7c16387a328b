import type { Action } from "../sql/alter-table-action.ts";
import { isAttached } from "./attached-objects.ts";
import { detached } from "./attached-parts.ts";
import { madeObject } from "./made-objects.ts";
import type { Migration } from "./migration.ts";
import { nameOf } from "../sql/parse-tree.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { identifier, sql, type Sql } from "../sql/sql.ts";
import { addedColumns, createdTables } from "./added-objects.ts";

/** What takes one statement of expand.sql back, derived from what it adds. */
export type Removal = {
  /** Place in expand.sql of the statement that added it, from 0. */
  readonly statement: number;
  readonly table: string;
} & (
  | { readonly kind: "table" }
  | { readonly kind: "column"; readonly column: string }
  | { readonly kind: "constraint"; readonly constraint: string }
  | { readonly kind: "index"; readonly index: string }
);

/**
 * Undoes expand.sql, the last statement first. An index or constraint that goes with its column or
 * table is left out.
 */
export function removals(migration: Pick<Migration, "expand">): readonly Removal[] {
  const fresh = createdTables(migration);
  const all = migration.expand.flatMap(({ effect }, statement): Removal[] => {
    if (effect.kind === "create-table") return [{ kind: "table", statement, table: effect.table.name }];
    if (effect.kind === "create-index" && effect.index !== null) {
      return [{ kind: "index", statement, table: effect.table.name, index: effect.index }];
    }
    if (effect.kind !== "alter-table") return [];
    const table = effect.table.name;
    return effect.actions.flatMap((action): Removal[] => {
      if (action.kind === "add-column") return [{ kind: "column", statement, table, column: action.column }];
      if (action.kind === "add-constraint" && action.constraint !== null) {
        return [{ kind: "constraint", statement, table, constraint: action.constraint }];
      }
      return [];
    });
  });
  const goesAlone = (removal: Removal): boolean =>
    removal.kind === "table" || (!fresh.includes(removal.table) && !goesWithColumn(removal, migration));
  return all.filter(goesAlone).toReversed();
}

/** The statement of one removal; an index goes CONCURRENTLY, outside of a transaction. */
export function removalSql(removal: Removal, schema: string): Sql {
  switch (removal.kind) {
    case "table":
      return sql`DROP TABLE IF EXISTS ${identifier(schema, removal.table)}`;
    case "column":
      return sql`ALTER TABLE ${identifier(schema, removal.table)} DROP COLUMN IF EXISTS ${identifier(removal.column)}`;
    case "constraint":
      return sql`ALTER TABLE ${identifier(schema, removal.table)} DROP CONSTRAINT IF EXISTS ${identifier(removal.constraint)}`;
    case "index":
      return sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(schema, removal.index)}`;
  }
}

/** Whether a statement's undo follows from what it adds. */
export function isUndoDerived(statement: ParsedStatement, migration: Pick<Migration, "expand">): boolean {
  const object = madeObject(statement.tree);
  return (
    goesWithTables(statement, migration) ||
    (object !== null && !object.mayExist) ||
    detached(statement.tree) !== null
  );
}

/**
 * Whether what a statement does goes with tables and their parts, so that undo.sql has nothing to
 * say of it.
 */
export function goesWithTables(statement: ParsedStatement, migration: Pick<Migration, "expand">): boolean {
  const { effect, tree } = statement;
  const fresh = createdTables(migration);
  return (
    isAttached(statement, migration) ||
    effect.kind === "create-table" ||
    effect.kind === "create-index" ||
    effect.kind === "comment" ||
    "RefreshMatViewStmt" in tree ||
    (effect.kind === "insert" && fresh.includes(effect.table.name)) ||
    ("CreateTrigStmt" in tree && fresh.includes(nameOf(tree.CreateTrigStmt.relation))) ||
    (effect.kind === "alter-table" &&
      (fresh.includes(effect.table.name) ||
        effect.actions.every((action) => isDerived(action, effect.table.name, migration))))
  );
}

/**
 * What columns may be made of goes after them; views, triggers and defaults, which are made of
 * columns, go before.
 */
export function isFoundation({ effect }: ParsedStatement): boolean {
  return effect.kind === "drop" && FOUNDATIONS.includes(effect.type);
}

const FOUNDATIONS = [
  ...["OBJECT_TYPE", "OBJECT_DOMAIN", "OBJECT_SEQUENCE", "OBJECT_EXTENSION"],
  ...["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"],
];

function isDerived(action: Action, table: string, migration: Pick<Migration, "expand">): boolean {
  // The default of a column that is added goes with it.
  const isOwnDefault =
    action.kind === "other" &&
    action.name === "AT_ColumnDefault" &&
    addedColumns(migration, table).some(({ column }) => column === action.column);
  return (
    isOwnDefault ||
    action.kind === "add-column" ||
    action.kind === "add-constraint" ||
    action.kind === "validate-constraint"
  );
}

function goesWithColumn(removal: Removal, migration: Pick<Migration, "expand">): boolean {
  if (removal.kind !== "index" && removal.kind !== "constraint") return false;
  const added = migration.expand.flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === removal.table
      ? effect.actions.flatMap((action) => (action.kind === "add-column" ? [action.column] : []))
      : [],
  );
  return migration.expand.some(({ effect }) => {
    if (removal.kind === "index") {
      return (
        effect.kind === "create-index" &&
        effect.index === removal.index &&
        effect.columns.some((column) => added.includes(column))
      );
    }
    return (
      effect.kind === "alter-table" &&
      effect.actions.some(
        (action) =>
          action.kind === "add-constraint" &&
          action.constraint === removal.constraint &&
          action.columns.some((column) => added.includes(column)),
      )
    );
  });
}
