import { additionErrors } from "./addition-rules.ts";
import { createdTables } from "./additions.ts";
import { mappingErrors } from "./mapping-rules.ts";
import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "./parse-statements.ts";

/** What a migration's files may not say: each with the place, the rule, and what to write instead. */
export function phaseErrors(migration: Migration): readonly string[] {
  return [
    ...migration.expand.flatMap((statement) => located(statement, expandErrors(statement, migration))),
    ...migration.sync.flatMap((statement) => located(statement, syncErrors(statement))),
    ...migration.contract.flatMap((statement) => located(statement, contractErrors(statement))),
    ...migration.undo.flatMap((statement) => located(statement, undoFileErrors(statement))),
    ...mappingErrors(migration),
  ];
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

function readable(type: string): string {
  return type.replace(/^OBJECT_/, "").replaceAll("_", " ");
}
