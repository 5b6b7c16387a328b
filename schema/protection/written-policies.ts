import type { CreatePolicyStmt, Node } from "libpg-query";
import type { Migration } from "../migration/migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { columnsIn, constantIn, nameOf, nameParts, tablesIn } from "../sql/parse-tree.ts";
import { COMMANDS, PUBLIC, type Policy } from "./protection.ts";

/** The policies that a file's statements create on a table. */
export function createdPolicies(statements: readonly ParsedStatement[], table: string): readonly Policy[] {
  return statements.flatMap(({ tree }) =>
    "CreatePolicyStmt" in tree && nameOf(tree.CreatePolicyStmt.table) === table
      ? [policyOf(tree.CreatePolicyStmt)]
      : [],
  );
}

/**
 * Whether a file's statements turn a table's row security on: by ENABLE, or by FORCE for
 * its owner too.
 */
export function setsRowSecurity(
  statements: readonly ParsedStatement[],
  table: string,
  subtype: "AT_EnableRowSecurity" | "AT_ForceRowSecurity",
): boolean {
  return statements.some(
    ({ effect }) =>
      effect.kind === "alter-table" &&
      effect.table.name === table &&
      effect.actions.some((action) => action.kind === "other" && action.name === subtype),
  );
}

/**
 * How contract.sql treats a policy that reads a column which it drops: it gives it another
 * condition, replaces it, only drops it, or leaves it as it is.
 */
export function fateOf(
  policy: Policy,
  column: string,
  { contract }: Pick<Migration, "contract">,
): "altered" | "replaced" | "dropped" | "kept" {
  const isAltered = contract.some(({ tree }) => {
    if (!("AlterPolicyStmt" in tree)) return false;
    const { policy_name, table, qual, with_check } = tree.AlterPolicyStmt;
    if (policy_name !== policy.name || nameOf(table) !== policy.table) return false;
    const after = [
      [policy.using, qual],
      [policy.check, with_check],
    ] as const;
    return after.every(([before, given]) =>
      given === undefined ? !mentions(before, column) : !columnsIn(given).includes(column),
    );
  });
  if (isAltered) return "altered";
  const isDropped = contract.some(({ tree }) => {
    if (!("DropStmt" in tree) || tree.DropStmt.removeType !== "OBJECT_POLICY") return false;
    const path = (tree.DropStmt.objects ?? []).flatMap(nameParts);
    return path.at(-1) === policy.name && path.at(-2) === policy.table;
  });
  if (!isDropped) return "kept";
  const created = createdPolicies(contract, policy.table).filter(
    ({ permissive }) => permissive === policy.permissive,
  );
  return policy.commands.every((command) => created.some(({ commands }) => commands.includes(command)))
    ? "replaced"
    : "dropped";
}

/** Whether a condition, as PostgreSQL prints it, has a column's name in it. */
function mentions(condition: string | null, column: string): boolean {
  return (condition?.match(/"(?:[^"]|"")+"|[\w$]+/g) ?? []).some(
    (word) => word === column || word === `"${column.replaceAll('"', '""')}"`,
  );
}

function policyOf(statement: CreatePolicyStmt): Policy {
  const { policy_name = "", table, cmd_name, permissive = false, roles = [], qual, with_check } = statement;
  return {
    name: policy_name,
    table: nameOf(table),
    permissive,
    commands: COMMANDS.filter((command) => cmd_name === "all" || cmd_name === command),
    roles: roles.map(roleName),
    using: null,
    check: null,
    asks: [...tablesIn(qual), ...tablesIn(with_check)],
    isOpen: [qual, with_check].every(isTrue),
  };
}

/** The name of a role in a statement; `public`: everybody. */
export function roleName(node: Node): string {
  return ("RoleSpec" in node ? node.RoleSpec.rolename : undefined) ?? PUBLIC;
}

function isTrue(expression: Node | undefined): boolean {
  return expression === undefined || constantIn(expression)?.text === "true";
}
