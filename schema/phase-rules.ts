import type { Action, AddedColumn } from "./action.ts";
import type { Mapping } from "./manifest.ts";
import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "./parse-statements.ts";

/** What a migration's files may not say: each with the place, the rule, and what to write instead. */
export function phaseErrors(migration: Migration): readonly string[] {
  return [
    ...migration.expand.flatMap((statement) => located(statement, expandErrors(statement, migration))),
    ...migration.sync.flatMap((statement) => located(statement, syncErrors(statement))),
    ...migration.contract.flatMap((statement) => located(statement, contractErrors(statement))),
    ...migration.undo.flatMap((statement) => located(statement, undoFileErrors(statement))),
    ...repeatedFunctions(migration),
    ...migration.mappings.flatMap((mapping) => mappingErrors(mapping, migration)),
    ...sharedColumns(migration.mappings),
  ];
}

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

function located(statement: ParsedStatement, errors: readonly string[]): string[] {
  return errors.map((error) => `${statement.file}:${statement.line}: ${error}`);
}

const QUALIFIED = "leave the schema out of the name: the release says which one it is";

function expandErrors(statement: ParsedStatement, migration: Migration): string[] {
  const { effect } = statement;
  const fresh = createdTables(migration);
  switch (effect.kind) {
    case "create-table":
      return effect.table.schema === null ? [] : [QUALIFIED];
    case "create-index":
      return [
        ...(effect.table.schema === null ? [] : [QUALIFIED]),
        ...(effect.index === null ? ["give the index a name, so that it can be found and undone"] : []),
        ...(effect.concurrently || fresh.includes(effect.table.name)
          ? []
          : ["CREATE INDEX blocks every write while it runs: write CREATE INDEX CONCURRENTLY"]),
      ];
    case "alter-table":
      return [
        ...(effect.table.schema === null ? [] : [QUALIFIED]),
        ...(fresh.includes(effect.table.name)
          ? []
          : effect.actions.flatMap((action) => additionErrors(action, effect.table.name, migration))),
      ];
    case "insert":
      return fresh.includes(effect.table.name)
        ? []
        : ["INSERT may only fill a table that this file creates: rows of others belong to the application"];
    case "comment":
    case "create-function":
      return [];
    case "drop":
      return [
        `${readable(effect.type)} may not be dropped before contract, as the old version uses it: move the statement to contract.sql`,
      ];
    case "other":
      return ADDITIVE.has(effect.name)
        ? []
        : [
            ...transactionErrors(statement),
            `${effect.name} is not known to be additive, and expand.sql runs under both versions`,
          ].slice(0, 1);
  }
}

/** Statements that add something and take no lock that the application would notice; each demands an undo.sql. */
const ADDITIVE = new Set([
  "CreateSeqStmt",
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
  "CreateExtensionStmt",
  "CreateStatsStmt",
  "AlterEnumStmt",
  "ViewStmt",
  "GrantStmt",
]);

function additionErrors(action: Action, table: string, migration: Migration): string[] {
  const mapped = migration.mappings
    .filter((mapping) => mapping.table === table)
    .flatMap((mapping) => mapping.new);
  switch (action.kind) {
    case "add-column": {
      const column = mapped.find((one) => one.name === action.column);
      if (action.filling === "generated") {
        return [
          `${action.column}: an identity, serial or stored generated column rewrites the table under an exclusive lock: add a plain column`,
        ];
      }
      if (action.filling === "expression" && column === undefined) {
        return [
          `${action.column}: a default that is not a constant may rewrite the table: add the column without it, then ALTER COLUMN … SET DEFAULT in contract.sql`,
        ];
      }
      if (action.constrained)
        return [
          `${action.column}: a constraint written at the column is checked under an exclusive lock: leave it out here`,
        ];
      if (column !== undefined && action.notNull) {
        return [
          `${action.column}: a mapped column is added without NOT NULL: say "required" in migration.yaml, and it becomes one when every row has a value`,
        ];
      }
      if (
        column !== undefined &&
        (action.filling === "expression" || (action.filling === "constant" && column.required))
      ) {
        return [
          `${action.column}: a ${column.required ? "required " : ""}mapped column takes its value from ${"sync.sql"}: add it without a default`,
        ];
      }
      if (column !== undefined && ["json", "xml"].includes(action.typeName)) {
        return [`${action.column}: values of type ${action.typeName} cannot be compared: use jsonb or text`];
      }
      if (action.notNull && action.filling === "none") {
        return [
          `${action.column}: NOT NULL without a default fails on existing rows and on every insert of the old version: give it a constant default, or a mapping`,
        ];
      }
      return [];
    }
    case "add-constraint": {
      const early = action.columns.filter((column) => mapped.some((one) => one.name === column));
      if (early.length > 0) {
        return [
          `a constraint on ${early.join(", ")} would refuse the old version's writes to rows not filled yet: add it in contract.sql`,
        ];
      }
      if (action.constraint === null)
        return ["give the constraint a name, so that it can be found and undone"];
      if (["check", "foreign"].includes(action.type) && action.notValid) return [];
      return [
        `${action.constraint}: this constraint is checked under a lock that blocks writes: add a CHECK or FOREIGN KEY as NOT VALID here and validate it in contract.sql; for a unique one create an index CONCURRENTLY`,
      ];
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

function syncErrors(statement: ParsedStatement): string[] {
  if (statement.effect.kind !== "create-function") return ["only CREATE FUNCTION may stand in sync.sql"];
  return statement.effect.schema === null
    ? []
    : ["leave the schema out of the function's name: it gets one of its own"];
}

function contractErrors(statement: ParsedStatement): string[] {
  const { effect } = statement;
  if (effect.kind === "alter-table" || effect.kind === "create-index") {
    const errors = effect.table.schema === null ? [] : [QUALIFIED];
    if (effect.kind === "create-index" && !effect.concurrently) {
      errors.push("CREATE INDEX blocks every write while it runs: write CREATE INDEX CONCURRENTLY");
    }
    return errors;
  }
  if (effect.kind === "drop" && effect.type === "OBJECT_INDEX" && !effect.concurrently) {
    return ["DROP INDEX waits for every query and blocks those behind it: write DROP INDEX CONCURRENTLY"];
  }
  if (effect.kind === "drop" && effect.cascade)
    return ["CASCADE drops what this file does not name: name it"];
  return transactionErrors(statement);
}

function undoFileErrors(statement: ParsedStatement): string[] {
  const { effect } = statement;
  if (effect.kind === "drop" && !effect.ifExists) {
    return ["write DROP … IF EXISTS: the expansion that is taken back may have ended anywhere"];
  }
  return transactionErrors(statement);
}

function transactionErrors(statement: ParsedStatement): string[] {
  const { effect } = statement;
  if (effect.kind !== "other") return [];
  if (effect.name === "TransactionStmt")
    return ["the runner decides about transactions: leave BEGIN and COMMIT out"];
  if (effect.name === "VariableSetStmt") return ["the runner decides about settings: leave SET out"];
  return [
    "UpdateStmt",
    "DeleteStmt",
    "MergeStmt",
    "TruncateStmt",
    "CopyStmt",
    "DoStmt",
    "CallStmt",
    "VacuumStmt",
    "LockStmt",
    "RenameStmt",
  ].includes(effect.name)
    ? [
        `${effect.name.replace(/Stmt$/, "").toUpperCase()} is not accepted in a migration: map columns, and the backfill writes rows in small steps`,
      ]
    : [];
}

function repeatedFunctions(migration: Migration): string[] {
  const names = migration.sync.map((statement) => functionOf(statement)?.name ?? "");
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return twice.map((name) => `sync.sql: one function a name, without overloads: ${name}`);
}

function mappingErrors(mapping: Mapping, migration: Migration): string[] {
  const errors: string[] = [];
  const place = `migration.yaml: mapping of ${mapping.table}`;
  const added = addedColumns(migration, mapping.table).map((action) => action.column);
  for (const column of mapping.new) {
    if (!added.includes(column.name))
      errors.push(`${place}: expand.sql does not add the new column ${column.name} to ${mapping.table}`);
  }
  const created = mapping.new.map((column) => column.name);
  errors.push(
    ...signatureErrors(place, migration, mapping.toNew, mapping.old.length, created),
    ...signatureErrors(place, migration, mapping.toOld, created.length, mapping.old),
  );
  const dropped = migration.contract.flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === mapping.table
      ? effect.actions.flatMap((action) => (action.kind === "drop-column" ? [action.column] : []))
      : [],
  );
  for (const column of mapping.old) {
    if (!dropped.includes(column))
      errors.push(`${place}: contract.sql does not drop the old column ${column} of ${mapping.table}`);
  }
  return errors;
}

function signatureErrors(
  place: string,
  migration: Migration,
  name: string,
  inputs: number,
  outputs: readonly string[],
): string[] {
  const found = migration.sync.map(functionOf).find((one) => one?.name === name);
  if (!found) return [`${place}: sync.sql does not create the function ${name}`];
  const errors: string[] = [];
  if (found.inputs !== inputs)
    errors.push(
      `${place}: ${name} must take ${inputs} argument${inputs === 1 ? "" : "s"}: it takes ${found.inputs}`,
    );
  const scalar = found.outputs.length === 0 && outputs.length === 1;
  if (!scalar && found.outputs.join() !== outputs.join()) {
    errors.push(
      `${place}: ${name} must return ${outputs.join(", ")} in this order (as OUT parameters or RETURNS TABLE): it returns ${found.outputs.join(", ") || "one unnamed value"}`,
    );
  }
  return errors;
}

function functionOf(statement: ParsedStatement) {
  return statement.effect.kind === "create-function" ? statement.effect : undefined;
}

function sharedColumns(mappings: readonly Mapping[]): string[] {
  const seen = new Set<string>();
  return mappings.flatMap((mapping) =>
    [...mapping.old, ...mapping.new.map((column) => column.name)].flatMap((column) => {
      const name = `${mapping.table}.${column}`;
      if (seen.has(name)) return [`migration.yaml: a column belongs to one mapping only: ${name}`];
      seen.add(name);
      return [];
    }),
  );
}

function readable(type: string): string {
  return type.replace(/^OBJECT_/, "").replaceAll("_", " ");
}
