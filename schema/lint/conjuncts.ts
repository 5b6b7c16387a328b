import type { Node } from "libpg-query";
import { nameParts } from "../sql/parse-tree.ts";

/** What a condition says by itself, each part of an AND alone. */
export function conjuncts(condition: Node | undefined): readonly Node[] {
  if (condition === undefined) return [];
  const isAll = "BoolExpr" in condition && condition.BoolExpr.boolop === "AND_EXPR";
  return isAll ? (condition.BoolExpr.args ?? []).flatMap(conjuncts) : [condition];
}

/** The column of `column IS NOT NULL`; null for any other condition. */
export function provenBy(condition: Node): string | null {
  if (!("NullTest" in condition)) return null;
  const { arg, nulltesttype } = condition.NullTest;
  if (nulltesttype !== "IS_NOT_NULL" || arg === undefined || !("ColumnRef" in arg)) return null;
  return nameParts(arg.ColumnRef as Node).at(-1) ?? null;
}
