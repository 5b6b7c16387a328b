import { scanSync } from "libpg-query";
import { isAttached } from "../../../migration/attached-objects.ts";
import { IDENTIFIER_BYTES } from "../../../sql/sql.ts";
import {
  onCommand,
  onStatement,
  type Outcome,
  type Place,
  type Rule,
  type StatementKind,
} from "../../rule.ts";
import { madeName, name } from "../../sql-text.ts";

const QUALIFIED = "leave the schema out of the name: the release says which one it is";

/** Kinds of statement that only add, or that rules of their own judge. */
const EXPANDING: readonly StatementKind[] = [
  ...([
    "CreateStmt",
    "AlterTableStmt",
    "IndexStmt",
    "CommentStmt",
    "CreateFunctionStmt",
    "InsertStmt",
  ] as const),
  ...([
    "CreateSeqStmt",
    "CreateEnumStmt",
    "CompositeTypeStmt",
    "CreateDomainStmt",
    "CreateExtensionStmt",
  ] as const),
  ...(["CreateStatsStmt", "AlterEnumStmt", "ViewStmt", "GrantStmt", "CreateRangeStmt"] as const),
  ...([
    "DropStmt",
    "RenameStmt",
    "UpdateStmt",
    "DeleteStmt",
    "MergeStmt",
    "CopyStmt",
    "TruncateStmt",
  ] as const),
  ...([
    "DoStmt",
    "CallStmt",
    "TransactionStmt",
    "VariableSetStmt",
    "LockStmt",
    "ReindexStmt",
    "VacuumStmt",
  ] as const),
  ...(["ClusterStmt", "CreateTrigStmt", "RuleStmt", "RefreshMatViewStmt", "AlterDomainStmt"] as const),
  ...(["AlterObjectSchemaStmt", "AlterOwnerStmt", "DropdbStmt", "DropOwnedStmt"] as const),
  ...(["CreatePolicyStmt", "AlterPolicyStmt"] as const),
];

export const phaseRules: readonly Rule[] = [
  statementRule("not-additive", ({ part, statement, migration }) => {
    const kind = Object.keys(statement.tree)[0] ?? "nothing";
    const isMatview =
      "CreateTableAsStmt" in statement.tree && statement.tree.CreateTableAsStmt.objtype === "OBJECT_MATVIEW";
    if (part !== "expand" || isMatview || EXPANDING.some((known) => known === kind)) return null;
    if (isAttached(statement, migration)) return null;
    return {
      problem: {
        consequence: "breaks-the-running-version",
        table: null,
        why: `${kind} is not known to be additive, and expand.sql runs under both versions`,
        instead: `-- contract.sql\n${statement.sql.text};`,
      },
    };
  }),
  statementRule("only-functions-in-sync", ({ part, statement }) =>
    part === "sync" && statement.effect.kind !== "create-function"
      ? escapes("only CREATE FUNCTION may stand in sync.sql", `-- expand.sql\n${statement.sql.text};`)
      : null,
  ),
  statementRule("qualified-name", ({ part, statement }) => {
    const { effect } = statement;
    if (part === "sync" && effect.kind === "create-function" && effect.schema !== null) {
      return escapes("leave the schema out of the function's name: it gets one of its own", null);
    }
    // Contract archives a table by its name before it drops it; one with a schema it
    // would not find.
    const isDropped = effect.kind === "drop" && effect.type === "OBJECT_TABLE";
    if (part === "contract" && isDropped && effect.names.some((name) => name.includes(".")))
      return escapes(QUALIFIED, null);
    const isNamed =
      effect.kind === "create-table" || effect.kind === "alter-table" || effect.kind === "create-index";
    if (part === "undo" || !isNamed || effect.table.schema === null) return null;
    const prefix = new RegExp(`("?)\\b${effect.table.schema.replace(/[^\w$]/g, "\\$&")}\\1\\s*\\.\\s*`, "g");
    return escapes(QUALIFIED, `${statement.sql.text.replace(prefix, "")};`);
  }),
  onCommand(["AT_AddConstraint"], "constraint-without-name", ({ table, command }, { part, statement }) => {
    const { def } = command;
    if (
      part !== "expand" ||
      def === undefined ||
      !("Constraint" in def) ||
      def.Constraint.conname !== undefined
    )
      return null;
    const words = `CONSTRAINT ${madeName(table, (def.Constraint.contype ?? "").replace("CONSTR_", "").toLowerCase())}`;
    return {
      problem: {
        consequence: "escapes-the-release",
        table,
        why: "give the constraint a name, so that it can be found and undone",
        instead: `${statement.sql.text.replace(/\badd\s+(?=check|foreign|unique|primary|exclude|not)/i, `ADD ${words} `)};`,
      },
    };
  }),
  onStatement("CreateStmt", "create-if-not-exists", ({ if_not_exists, relation }, { part }) =>
    part === "expand" && if_not_exists
      ? {
          problem: {
            consequence: "may-surprise",
            table: null,
            why: `a table ${relation?.relname ?? ""} that is there already, perhaps of another form, is refused before anything runs, so IF NOT EXISTS says nothing`,
            instead: null,
          },
        }
      : null,
  ),
  statementRule("name-too-long", ({ statement }) => {
    const long = scanSync(statement.sql.text).tokens.find(
      ({ tokenName, text }) =>
        ["IDENT", "UIDENT"].includes(tokenName) &&
        Buffer.byteLength(text.replace(/^"|"$/g, "").replaceAll('""', '"')) > IDENTIFIER_BYTES,
    );
    if (long === undefined) return null;
    return escapes(
      `PostgreSQL keeps ${IDENTIFIER_BYTES} bytes of ${long.text}, and two names that are cut may be one`,
      `-- a shorter name, such as ${name(Buffer.from(long.text.replaceAll('"', "")).subarray(0, 50).toString())}`,
    );
  }),
];

function statementRule(id: string, examine: (place: Place) => Outcome | null): Rule {
  return {
    id,
    examine: (place) => {
      const outcome = examine(place);
      return outcome === null ? [] : [outcome];
    },
  };
}

function escapes(why: string, instead: string | null): Outcome {
  return { problem: { consequence: "escapes-the-release", table: null, why, instead } };
}
