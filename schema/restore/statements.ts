import type { Action } from "../sql/alter-table-action.ts";
import { addedColumns, createdTables } from "../migration/added-objects.ts";
import { describeStatement } from "../sql/describe-statement.ts";
import type { Condition, TableFacts } from "../state/catalog.ts";
import type { Migration } from "../migration/migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { concurrently, constraintBack, droppedColumns, joined, type Part, type Shape } from "./part.ts";
import { identifier, sql } from "../sql/sql.ts";

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
      const place = { table, at: migration.contract.indexOf(statement), migration, facts: tables[table] };
      return joined(effect.actions.map((action) => actionBack(action, place) ?? none));
    }
    case "create-index": {
      const { index, unique, columns } = effect;
      const table = effect.table.name;
      if (createdTables(migration).includes(table)) return {};
      const added = addedColumns(migration, table).map((column) => column.column);
      if (columns.some((column) => added.includes(column))) return {};
      if (index === null) return none;
      const drop = sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(index)}`;
      if (!unique) return { contract: [drop] };
      const isThere: Condition = { is: "index", table, index, valid: false };
      return { stricter: [{ what: `unique index ${index} of ${table}`, isThere, remedy: drop }] };
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

/** Where an action of contract.sql stands. */
interface Place {
  readonly table: string;
  /** The place of its statement, from 0. */
  readonly at: number;
  readonly migration: Migration;
  /** How the table was before contract. */
  readonly facts: TableFacts | undefined;
}

/** Null where no way back follows from an action. */
function actionBack(action: Action, place: Place): Part | null {
  const { table, migration, facts } = place;
  const added = addedColumns(migration, table).map((column) => column.column);
  switch (action.kind) {
    case "validate-constraint":
    case "drop-column":
      return {};
    case "drop-constraint": {
      if (isOwn(action.constraint, place)) return {};
      const constraint = facts?.constraints[action.constraint];
      // One on a column that goes too is brought back with that.
      const dropped = droppedColumns(migration, table);
      if (constraint?.columns.some((column) => dropped.includes(column))) return {};
      return constraint === undefined ? null : constraintBack(table, action.constraint, facts);
    }
    case "add-constraint":
      return action.columns.some((column) => added.includes(column))
        ? {}
        : action.constraint === null
          ? null
          : stricterBy(action.constraint, place);
    case "other":
      if (action.column !== null && added.includes(action.column)) return {};
      return action.name === "AT_SetNotNull" && action.column !== null
        ? requiredSince(action.column, place)
        : null;
    case "add-column":
      return null;
  }
}

/**
 * Whether what a statement drops had been added by the migration itself, in expand.sql or earlier
 * in contract.sql.
 */
function isOwn(constraint: string, { table, at, migration }: Place): boolean {
  return [...migration.expand, ...migration.contract.slice(0, at)].some(
    ({ effect }) =>
      effect.kind === "alter-table" &&
      effect.table.name === table &&
      effect.actions.some((one) => one.kind === "add-constraint" && one.constraint === constraint),
  );
}

/**
 * A constraint on what stays, unless contract.sql adds it for a moment only, to make a column NOT
 * NULL without a scan.
 */
function stricterBy(constraint: string, { table, at, migration }: Place): Part {
  const isMomentary = migration.contract
    .slice(at + 1)
    .some(
      ({ effect }) =>
        effect.kind === "alter-table" &&
        effect.table.name === table &&
        effect.actions.some((one) => one.kind === "drop-constraint" && one.constraint === constraint),
    );
  if (isMomentary) return {};
  const isThere: Condition = { is: "constraint", table, constraint, validated: false };
  const remedy = sql`ALTER TABLE ${identifier(table)} DROP CONSTRAINT ${identifier(constraint)}`;
  return { stricter: [{ what: `constraint ${constraint} of ${table}`, isThere, remedy }] };
}

function requiredSince(column: string, { table, facts }: Place): Part {
  if (facts?.columns[column]?.notNull) return {};
  const isThere: Condition = { is: "required", table, column };
  const remedy = sql`ALTER TABLE ${identifier(table)} ALTER COLUMN ${identifier(column)} DROP NOT NULL`;
  return { stricter: [{ what: `NOT NULL of ${table}.${column}`, isThere, remedy }] };
}
