import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";

const MAKE_TYPES = [
  ...["CreateEnumStmt", "CompositeTypeStmt", "CreateRangeStmt", "CreateDomainStmt"],
  ...["CreateExtensionStmt", "AlterEnumStmt"],
];

/**
 * Statements of expand.sql that make types, and need nothing that other statements make
 * before them.
 */
export function typesOf({ expand }: Pick<Migration, "expand">): readonly ParsedStatement[] {
  const others: string[] = [];
  return expand.filter((statement) => {
    const { effect, tree } = statement;
    const text = JSON.stringify(tree);
    const isType = MAKE_TYPES.some((kind) => kind in tree);
    if (isType && !others.some((name) => text.includes(JSON.stringify(name)))) return true;
    if (effect.kind === "create-table") others.push(effect.table.name);
    if (effect.kind === "create-function") others.push(effect.name);
    return false;
  });
}
