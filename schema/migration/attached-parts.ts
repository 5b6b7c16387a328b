import type { AlterTableCmd, Node, RangeVar } from "libpg-query";
import { listed, nameOf } from "../sql/parse-tree.ts";
import { identifier, list, sql, type Sql } from "../sql/sql.ts";

/**
 * What takes back a statement that attaches a part to a table, a type or a domain; null: it
 * attaches none, or replaces one.
 */
export function detached(tree: Node): Sql | null {
  if ("CreateTrigStmt" in tree) {
    const { relation, replace, trigname = "" } = tree.CreateTrigStmt;
    return replace ? null : sql`DROP TRIGGER IF EXISTS ${identifier(trigname)} ON ${path(pathOf(relation))}`;
  }
  if ("CreatePolicyStmt" in tree) {
    const { policy_name = "", table } = tree.CreatePolicyStmt;
    return sql`DROP POLICY IF EXISTS ${identifier(policy_name)} ON ${path(pathOf(table))}`;
  }
  if ("RuleStmt" in tree) {
    const { relation, replace, rulename = "" } = tree.RuleStmt;
    return replace ? null : sql`DROP RULE IF EXISTS ${identifier(rulename)} ON ${path(pathOf(relation))}`;
  }
  if ("AlterDomainStmt" in tree) {
    const { subtype, def, typeName } = tree.AlterDomainStmt;
    const constraint = def !== undefined && "Constraint" in def ? def.Constraint.conname : undefined;
    // C adds a constraint.
    if (subtype !== "C" || constraint === undefined) return null;
    return sql`ALTER DOMAIN ${path(listed(typeName))} DROP CONSTRAINT IF EXISTS ${identifier(constraint)}`;
  }
  if (!("AlterTableStmt" in tree)) return null;
  const { cmds = [], objtype, relation } = tree.AlterTableStmt;
  const actions = cmds.flatMap((node) =>
    "AlterTableCmd" in node ? (detachedPart(node.AlterTableCmd, objtype === "OBJECT_TYPE") ?? []) : [],
  );
  if (actions.length === 0 || actions.length < cmds.length) return null;
  const what = objtype === "OBJECT_TYPE" ? sql`TYPE` : sql`TABLE`;
  return sql`ALTER ${what} ${path(pathOf(relation))} ${list(actions)}`;
}

/** The name of a relation as its statement has it. */
export function pathOf(range: RangeVar | undefined): readonly string[] {
  const { schemaname } = range ?? {};
  return schemaname === undefined ? [nameOf(range)] : [schemaname, nameOf(range)];
}

/** A dotted name. */
export function path([first = "", ...rest]: readonly string[]): Sql {
  return identifier(first, ...rest);
}

function detachedPart({ def, name = "", subtype }: AlterTableCmd, isType: boolean): Sql | null {
  if (isType) {
    if (subtype !== "AT_AddColumn" || def === undefined || !("ColumnDef" in def)) return null;
    return sql`DROP ATTRIBUTE IF EXISTS ${identifier(def.ColumnDef.colname ?? "")}`;
  }
  if (subtype === "AT_AddIdentity") return sql`ALTER COLUMN ${identifier(name)} DROP IDENTITY IF EXISTS`;
  if (subtype === "AT_AddInherit" && def !== undefined && "RangeVar" in def)
    return sql`NO INHERIT ${path(pathOf(def.RangeVar))}`;
  if (subtype !== "AT_AttachPartition" || def === undefined || !("PartitionCmd" in def)) return null;
  return sql`DETACH PARTITION ${path(pathOf(def.PartitionCmd.name))}`;
}
