import type { Action, AddedColumn } from "./action.ts";
import type { NewColumn } from "./manifest.ts";
import type { Migration } from "./migration.ts";

/** Why an action may not be done to a table in use while the old version serves; each with the safe form. */
export function additionErrors(action: Action, table: string, migration: Migration): readonly string[] {
  const mapped = migration.mappings
    .filter((mapping) => mapping.table === table)
    .flatMap((mapping) => mapping.new);
  switch (action.kind) {
    case "add-column": {
      const error = columnError(
        action,
        mapped.find((column) => column.name === action.column),
      );
      return error === null ? [] : [`${action.column}: ${error}`];
    }
    case "add-constraint": {
      const error = constraintError(action, mapped);
      return error === null ? [] : [error];
    }
    case "validate-constraint":
      return [];
    case "drop-column":
    case "drop-constraint":
      return [
        "nothing may be dropped before contract, as the old version uses it: move the action to contract.sql",
      ];
    case "other":
      return [
        `${action.name.replace(/^AT_/, "")} changes what the old version relies on: write it in contract.sql`,
      ];
  }
}

function columnError(column: AddedColumn, mapped: NewColumn | undefined): string | null {
  if (column.filling === "generated") {
    return "an identity, serial or stored generated column rewrites the table under an exclusive lock: add a plain column";
  }
  if (column.constrained) {
    return "a constraint written at the column is checked under an exclusive lock: leave it out here";
  }
  return mapped === undefined ? plainColumnError(column) : mappedColumnError(column, mapped);
}

function plainColumnError({ filling, notNull }: AddedColumn): string | null {
  if (filling === "expression") {
    return "a default that is evaluated for each row rewrites the table under an exclusive lock: add the column without it, then ALTER COLUMN … SET DEFAULT in contract.sql";
  }
  if (notNull && filling === "none") {
    return "NOT NULL without a default fails on existing rows and on every insert of the old version: give it a constant default, or a mapping";
  }
  return null;
}

function mappedColumnError(column: AddedColumn, mapped: NewColumn): string | null {
  if (column.notNull) {
    return 'a mapped column is added without NOT NULL: say "required" in migration.yaml, and it becomes one when every row has a value';
  }
  if (column.filling !== "none" && (column.filling !== "constant" || mapped.required)) {
    return "a mapped column takes its value from sync.sql: add it without a default";
  }
  if (["json", "xml"].includes(column.typeName)) {
    return `values of type ${column.typeName} cannot be compared: use jsonb or text`;
  }
  return null;
}

function constraintError(
  { columns, constraint, notValid, type }: Extract<Action, { kind: "add-constraint" }>,
  mapped: readonly NewColumn[],
): string | null {
  const early = columns.filter((column) => mapped.some((one) => one.name === column));
  if (early.length > 0) {
    return `a constraint on ${early.join(", ")} would refuse the old version's writes to rows not filled yet: add it in contract.sql`;
  }
  if (constraint === null) return "give the constraint a name, so that it can be found and undone";
  if (["check", "foreign"].includes(type) && notValid) return null;
  return `${constraint}: this constraint is checked under a lock that blocks writes: add a CHECK or FOREIGN KEY as NOT VALID here and validate it in contract.sql; for a unique one create an index CONCURRENTLY`;
}
