import { listed, nameOf, nameParts } from "../../../sql/parse-tree.ts";
import type { Lock } from "../../lock-mode.ts";
import { lock, onStatement, type Rule } from "../../rule.ts";
import { whole } from "../../sql-text.ts";

export const triggerRules: readonly Rule[] = [
  onStatement("CreateTrigStmt", "create-trigger", ({ relation, trigname = "" }, { part, statement }) => {
    const table = nameOf(relation);
    const locks = lock(table, "SHARE ROW EXCLUSIVE");
    if (part !== "expand") return { locks };
    return {
      locks,
      problem: {
        consequence: "breaks-the-running-version",
        table,
        why: `${trigname} changes what the old version's writes do, and runs among the release's own triggers in the order of their names`,
        instead: `-- contract.sql\n${whole(statement)}`,
      },
    };
  }),
  onStatement("DropStmt", "drop-trigger", ({ removeType, objects }) => {
    if (removeType !== "OBJECT_TRIGGER") return null;
    return {
      locks: (objects ?? []).map((object): Lock => ({
        table: nameParts(object).at(-2) ?? "",
        mode: "ACCESS EXCLUSIVE",
      })),
    };
  }),
  onStatement("DropStmt", "drop-function", ({ removeType, objects, behavior }, { known }) => {
    if (removeType !== "OBJECT_FUNCTION" || behavior !== "DROP_CASCADE") return null;
    const functions = (objects ?? []).map((object) =>
      "ObjectWithArgs" in object ? (listed(object.ObjectWithArgs.objname).at(-1) ?? "") : "",
    );
    const triggers = [...known.triggers.values()].filter((trigger) => functions.includes(trigger.function));
    return { locks: triggers.map(({ table }): Lock => ({ table, mode: "ACCESS EXCLUSIVE" })) };
  }),
  onStatement("RuleStmt", "create-rule", ({ relation }, { statement }) => ({
    locks: lock(nameOf(relation), "ACCESS EXCLUSIVE"),
    problem: {
      consequence: "breaks-the-running-version",
      table: nameOf(relation),
      why: "a rewrite rule changes what both versions' statements do, the release's own among them",
      instead: `-- a trigger, in contract.sql, instead of\n${whole(statement)}`,
    },
  })),
];
