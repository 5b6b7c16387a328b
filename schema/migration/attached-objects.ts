import type { GrantStmt, Node } from "libpg-query";
import { addedColumns, createdTables } from "./added-objects.ts";
import type { Migration } from "./migration.ts";
import { listed, nameOf, nameParts } from "../sql/parse-tree.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";

type Expand = Pick<Migration, "expand">;

/**
 * Whether a statement of expand.sql only gives a policy, privileges or a label to tables or columns
 * that the same file makes. The old version does not use those, and what is attached to them is
 * dropped with them.
 */
export function isAttached({ tree }: Pick<ParsedStatement, "tree">, migration: Expand): boolean {
  if ("CreatePolicyStmt" in tree)
    return createdTables(migration).includes(nameOf(tree.CreatePolicyStmt.table));
  if ("GrantStmt" in tree) return isGrantAttached(tree.GrantStmt, migration);
  if (!("SecLabelStmt" in tree)) return false;
  const { object, objtype } = tree.SecLabelStmt;
  if (object === undefined) return false;
  const path = nameParts(object);
  if (objtype === "OBJECT_TABLE") return createdTables(migration).includes(path.at(-1) ?? "");
  return objtype === "OBJECT_COLUMN" && isMade(path.at(-2) ?? "", path.at(-1) ?? "", migration);
}

function isGrantAttached(grant: GrantStmt, migration: Expand): boolean {
  const { targtype, objtype, objects = [], privileges = [] } = grant;
  if (targtype !== "ACL_TARGET_OBJECT" || objtype !== "OBJECT_TABLE") return false;
  return objects.every((object) => {
    if (!("RangeVar" in object)) return false;
    const table = nameOf(object.RangeVar);
    if (createdTables(migration).includes(table)) return true;
    const columns = privileges.map(columnsOfPrivilege);
    return (
      columns.length > 0 &&
      columns.every((list) => list.length > 0 && list.every((column) => isMade(table, column, migration)))
    );
  });
}

/** The columns that a privilege is limited to; none: it is one of the whole table. */
export function columnsOfPrivilege(privilege: Node): readonly string[] {
  return "AccessPriv" in privilege ? listed(privilege.AccessPriv.cols) : [];
}

function isMade(table: string, column: string, migration: Expand): boolean {
  return (
    createdTables(migration).includes(table) ||
    addedColumns(migration, table).some((added) => added.column === column)
  );
}
