import { onStatement, type Outcome, type Rule } from "../rule.ts";

export const sessionRules: readonly Rule[] = [
  onStatement("TransactionStmt", "transaction-control", () =>
    escapes("the runner decides about transactions: leave BEGIN and COMMIT out", "-- leave it out"),
  ),
  onStatement("VariableSetStmt", "session-setting", () =>
    escapes("the runner decides about settings, lock_timeout among them: leave SET out", "-- leave it out"),
  ),
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
