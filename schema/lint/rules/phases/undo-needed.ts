import { madeObject, usesMade } from "../../../migration/made-objects.ts";
import { nameParts } from "../../../sql/parse-tree.ts";
import type { ParsedStatement } from "../../../sql/parse-statements.ts";
import { isUndoDerived } from "../../../migration/derive-undo.ts";
import type { Place, Problem, Rule, StatementKind } from "../../rule.ts";
import { name } from "../../sql-text.ts";

export const undoRules: readonly Rule[] = [
  {
    id: "undo-needed",
    examine: (place) => {
      const problem = place.part === "expand" ? undoNeeded(place) : null;
      return problem === null ? [] : [{ problem }];
    },
  },
];

function undoNeeded({ statement, migration }: Place): Problem | null {
  if (isUndoDerived(statement, migration)) return null;
  const { effect, tree } = statement;
  if ("InsertStmt" in tree && effect.kind === "insert") {
    const table = effect.table.name;
    if (tree.InsertStmt.onConflictClause !== undefined) return null;
    if (migration.undo.some((one) => deletesFrom(one, table))) return null;
    return escapes(
      `an expansion that is undone leaves these rows in ${table}, and the next one inserts them again: delete them in undo.sql, or add ON CONFLICT DO NOTHING`,
      `-- undo.sql\n-- allow unbatched-delete: only the rows that expand.sql inserts\nDELETE FROM ${name(table)} WHERE …;`,
    );
  }
  const object = madeObject(tree);
  if (object !== null && usesMade(tree, migration)) {
    if (migration.undo.some((one) => makesOrDrops(one, object.name))) return null;
    return escapes(
      `${object.name} is made of what expand.sql adds, which cannot be dropped while ${object.name} uses it: drop or replace it in undo.sql`,
      `-- undo.sql; then CREATE what was there before, if anything\n${object.drop.text};`,
    );
  }
  if (isRepeatable(statement) ? migration.files["undo.sql"] !== undefined : migration.undo.length > 0)
    return null;
  if (!isRepeatable(statement))
    return escapes(
      "an expansion that is undone leaves what this does, and the next one meets it: take it back in undo.sql",
      "-- undo.sql\n-- DROP … IF EXISTS …, or ALTER … back",
    );
  return escapes(
    "no undo can be derived for this statement: write an undo.sql that takes it back",
    `-- undo.sql; without a statement when what is there may stay\n${object === null ? "-- DROP … IF EXISTS …" : `${object.drop.text};`}`,
  );
}

/** Kinds of statement that PostgreSQL accepts a second time. */
const REPEATABLE: readonly StatementKind[] = [
  ...(["GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt", "AlterOwnerStmt", "ReindexStmt"] as const),
  ...(["AlterSeqStmt", "AlterFunctionStmt", "AlterPolicyStmt", "AlterStatsStmt", "VacuumStmt"] as const),
];

/**
 * Actions of ALTER TABLE of which the same holds, beside those that are taken back as
 * parts of tables.
 */
const REPEATABLE_ACTIONS =
  /^AT_(AddColumn|AddConstraint|ValidateConstraint|ColumnDefault|DropNotNull|AlterColumnType|ClusterOn|DropCluster|ReplicaIdentity|(Set|Reset|Enable|Disable|Force|NoForce)[A-Z].*)$/;

function isRepeatable({ tree }: ParsedStatement): boolean {
  if (REPEATABLE.some((kind) => kind in tree) || madeObject(tree)?.mayExist) return true;
  if ("AlterEnumStmt" in tree) return tree.AlterEnumStmt.oldVal === undefined;
  if ("DropStmt" in tree) return tree.DropStmt.missing_ok ?? false;
  // C adds a constraint, X drops one.
  if ("AlterDomainStmt" in tree) return !["C", "X"].includes(tree.AlterDomainStmt.subtype ?? "");
  if ("CreateTrigStmt" in tree) return tree.CreateTrigStmt.replace ?? false;
  if ("RuleStmt" in tree) return tree.RuleStmt.replace ?? false;
  if (!("AlterTableStmt" in tree)) return false;
  return (tree.AlterTableStmt.cmds ?? []).every(
    (node) =>
      "AlterTableCmd" in node && REPEATABLE_ACTIONS.test(node.AlterTableCmd.subtype ?? "AT_AddColumn"),
  );
}

function deletesFrom({ tree }: ParsedStatement, table: string): boolean {
  return "DeleteStmt" in tree && tree.DeleteStmt.relation?.relname === table;
}

function makesOrDrops({ tree }: ParsedStatement, object: string): boolean {
  if ("DropStmt" in tree)
    return (tree.DropStmt.objects ?? []).some((dropped) => nameParts(dropped).at(-1) === object);
  return madeObject(tree)?.name === object;
}

function escapes(why: string, instead: string): Problem {
  return { consequence: "escapes-the-release", table: null, why, instead };
}
