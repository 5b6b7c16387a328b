import { onStatement, type Outcome, type Rule, type StatementKind } from "../rule.ts";

const WHOLE_SERVER: readonly (readonly [StatementKind, string])[] = [
  ["AlterSystemStmt", "ALTER SYSTEM"],
  ["CreateRoleStmt", "CREATE ROLE"],
  ["AlterRoleStmt", "ALTER ROLE"],
  ["AlterRoleSetStmt", "ALTER ROLE … SET"],
  ["DropRoleStmt", "DROP ROLE"],
  ["GrantRoleStmt", "GRANT or REVOKE of a role"],
  ["CreatedbStmt", "CREATE DATABASE"],
  ["AlterDatabaseStmt", "ALTER DATABASE"],
  ["AlterDatabaseSetStmt", "ALTER DATABASE … SET"],
  ["AlterDatabaseRefreshCollStmt", "ALTER DATABASE"],
  ["DropdbStmt", "DROP DATABASE"],
  ["CreateTableSpaceStmt", "CREATE TABLESPACE"],
  ["DropTableSpaceStmt", "DROP TABLESPACE"],
  ["AlterTableSpaceOptionsStmt", "ALTER TABLESPACE"],
  ["CheckPointStmt", "CHECKPOINT"],
];

export const sessionRules: readonly Rule[] = [
  onStatement("TransactionStmt", "transaction-control", () =>
    escapes("the runner decides about transactions: leave BEGIN and COMMIT out", "-- leave it out"),
  ),
  onStatement("VariableSetStmt", "session-setting", () =>
    escapes("the runner decides about settings, lock_timeout among them: leave SET out", "-- leave it out"),
  ),
  {
    id: "whole-server",
    examine: (place) =>
      WHOLE_SERVER.flatMap(([kind, what]) =>
        onStatement(kind, "whole-server", () =>
          escapes(
            `${what} concerns every database of the server, and no way back of this release takes it back: do it by hand`,
            "-- leave it out",
          ),
        ).examine(place),
      ),
  },
  onStatement("DoStmt", "opaque-code", () => opaque("DO")),
  onStatement("CallStmt", "opaque-call", () => opaque("CALL")),
];

function escapes(why: string, instead: string): Outcome {
  return { problem: { consequence: "escapes-the-release", table: null, why, instead } };
}

function opaque(what: string): Outcome {
  return {
    problem: {
      consequence: "blocks-reads-and-writes",
      table: null,
      why: `${what} is not accepted in a migration: what its code locks, scans or writes cannot be seen`,
      instead: "-- the statements themselves",
    },
  };
}
