import type { Action } from "./action.ts";
import { addedColumns, createdTables } from "./additions.ts";
import { describeStatement } from "./describe-statement.ts";
import type { TableFacts } from "./facts.ts";
import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "./parse-statements.ts";
import {
  concurrently,
  constraintBack,
  droppedColumns,
  joined,
  type Part,
  type Shape,
} from "./restore-part.ts";
import { identifier, sql } from "./sql.ts";

/** What a statement of contract.sql did besides dropping mapped columns. */
export function statementBack(statement: ParsedStatement, migration: Migration, tables: Shape): Part {
  const { effect } = statement;
  const none: Part = {
    refusals: [
      `${statement.file}:${statement.line} (${describeStatement(statement)}) cannot be taken back: no way back follows from it`,
    ],
  };
  switch (effect.kind) {
    case "comment":
      return {};
    case "alter-table": {
      const table = effect.table.name;
      // What happened to a table that goes goes with it.
      if (createdTables(migration).includes(table)) return {};
      const loosened = looserBack(statement, table, migration);
      if (loosened !== null) return loosened;
      return joined(
        effect.actions.map((action) => actionBack(action, table, migration, tables[table]) ?? none),
      );
    }
    case "create-index": {
      if (createdTables(migration).includes(effect.table.name)) return {};
      const added = addedColumns(migration, effect.table.name).map((column) => column.column);
      if (effect.columns.some((column) => added.includes(column))) return {};
      return effect.unique || effect.index === null
        ? none
        : { contract: [sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(effect.index)}`] };
    }
    case "drop": {
      const made = createdTables(migration);
      if (effect.type === "OBJECT_TABLE" && effect.names.every((name) => made.includes(name))) return {};
      if (effect.type !== "OBJECT_INDEX") return none;
      const own = migration.expand.flatMap((one) =>
        one.effect.kind === "create-index" && one.effect.index !== null ? [one.effect.index] : [],
      );
      const parts = effect.names
        .filter((name) => !own.includes(name))
        .map((name) => indexBack(name, migration, tables) ?? none);
      return joined(parts);
    }
    case "create-table":
    case "create-function":
    case "insert":
    case "other":
      return none;
  }
}

/**
 * A constraint that contract.sql puts on what stays goes before the older version writes again. Whoever gives the way back up has it again for every new
 * row; what was written meanwhile may be as it forbids. Null where the statement is no such one.
 */
function looserBack(statement: ParsedStatement, table: string, migration: Migration): Part | null {
  const { effect } = statement;
  const actions = effect.kind === "alter-table" ? effect.actions : [];
  const [action] = actions;
  if (actions.length !== 1 || action?.kind !== "add-constraint" || action.constraint === null) return null;
  const added = addedColumns(migration, table).map((column) => column.column);
  const isMomentary = migration.contract.some(
    ({ effect: other }) =>
      other.kind === "alter-table" &&
      other.table.name === table &&
      other.actions.some((one) => one.kind === "drop-constraint" && one.constraint === action.constraint),
  );
  const goesAnyway = action.columns.some((column) => added.includes(column));
  if (isMomentary) return {};
  if (goesAnyway || !action.notValid) return null;
  const drop = sql`ALTER TABLE ${identifier(table)} DROP CONSTRAINT IF EXISTS ${identifier(action.constraint)}`;
  return { expand: [drop], undo: [drop, statement.sql] };
}

/** Null where nobody knows how the index was. */
function indexBack(name: string, migration: Migration, tables: Shape): Part | null {
  for (const [table, { indexes }] of Object.entries(tables)) {
    const index = indexes[name];
    if (index === undefined) continue;
    // One on a column that goes too is brought back with that.
    const isLost = index.columns.some((column) => droppedColumns(migration, table).includes(column));
    return isLost ? {} : { expand: [concurrently(index.definition)] };
  }
  return null;
}

/** Null where no way back follows from an action. */
function actionBack(
  action: Action,
  table: string,
  migration: Migration,
  facts: TableFacts | undefined,
): Part | null {
  const added = addedColumns(migration, table).map((column) => column.column);
  const dropped = droppedColumns(migration, table);
  // Also one that contract.sql itself adds for a moment, to make a column NOT NULL without a scan.
  const own = [...migration.expand, ...migration.contract].flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === table
      ? effect.actions.flatMap((one) => (one.kind === "add-constraint" ? [one.constraint] : []))
      : [],
  );
  switch (action.kind) {
    case "validate-constraint":
    case "drop-column":
      return {};
    case "drop-constraint": {
      if (own.includes(action.constraint)) return {};
      const constraint = facts?.constraints[action.constraint];
      // One on a column that goes too is brought back with that.
      if (constraint?.columns.some((column) => dropped.includes(column))) return {};
      return constraint === undefined ? null : constraintBack(table, action.constraint, facts);
    }
    case "add-constraint":
      return action.columns.some((column) => added.includes(column)) ? {} : null;
    case "other":
      return action.column !== null && added.includes(action.column) ? {} : null;
    case "add-column":
      return null;
  }
}
