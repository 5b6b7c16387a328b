import type { Node } from "libpg-query";
import { listed } from "./parse-tree.ts";

/**
 * PostgreSQL's functions that are not volatile, as far as defaults are made of them; a test asks
 * every version. One that is not named here counts as volatile: a rewrite that does not come is a
 * smaller evil than one that nobody expected.
 */
export const STABLE_FUNCTIONS: readonly string[] = [
  ...[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "timezone",
    "date_trunc",
    "date_part",
    "extract",
  ],
  ...["age", "make_date", "make_time", "make_timestamp", "make_timestamptz", "make_interval"],
  ...["to_char", "to_date", "to_timestamp", "to_number", "current_setting", "current_database", "version"],
  ...["lower", "upper", "initcap", "btrim", "ltrim", "rtrim", "concat", "concat_ws", "format", "length"],
  ...["left", "right", "lpad", "rpad", "repeat", "replace", "reverse", "split_part", "substring", "substr"],
  ...["strpos", "translate", "chr", "ascii", "md5", "sha256", "encode", "decode", "regexp_replace"],
  ...["abs", "ceil", "ceiling", "floor", "round", "trunc", "sqrt", "power", "mod", "sign", "pi"],
  ...["array_append", "array_prepend", "array_cat", "array_fill", "string_to_array", "array_to_string"],
  ...[
    "to_json",
    "to_jsonb",
    "json_build_object",
    "json_build_array",
    "jsonb_build_object",
    "jsonb_build_array",
  ],
  ...["int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"],
];

/**
 * Whether an expression is evaluated once for a whole statement, so that adding it as a default
 * rewrites nothing.
 */
export function isStable(expression: Node): boolean {
  if ("A_Const" in expression || "SQLValueFunction" in expression) return true;
  if ("FuncCall" in expression) {
    const { funcname, args } = expression.FuncCall;
    const name = builtIn(funcname);
    return name !== null && STABLE_FUNCTIONS.includes(name) && (args ?? []).every(isStable);
  }
  // An operator that an extension brings is as stable as PostgreSQL's own, unless somebody gave it
  // a schema.
  if ("A_Expr" in expression && builtIn(expression.A_Expr.name) === null) return false;
  return operands(expression)?.every((operand) => operand === undefined || isStable(operand)) ?? false;
}

/**
 * What an expression puts together without a function that somebody may have written; null: it may
 * call one.
 */
function operands(expression: Node): readonly (Node | undefined)[] | null {
  if ("TypeCast" in expression) return [expression.TypeCast.arg];
  if ("CollateClause" in expression) return [expression.CollateClause.arg];
  if ("NamedArgExpr" in expression) return [expression.NamedArgExpr.arg];
  if ("A_Expr" in expression) return [expression.A_Expr.lexpr, expression.A_Expr.rexpr];
  if ("BoolExpr" in expression) return expression.BoolExpr.args ?? [];
  if ("List" in expression) return expression.List.items ?? [];
  if ("A_ArrayExpr" in expression) return expression.A_ArrayExpr.elements ?? [];
  if ("RowExpr" in expression) return expression.RowExpr.args ?? [];
  if ("CoalesceExpr" in expression) return expression.CoalesceExpr.args ?? [];
  if ("MinMaxExpr" in expression) return expression.MinMaxExpr.args ?? [];
  if ("NullTest" in expression) return [expression.NullTest.arg];
  if ("BooleanTest" in expression) return [expression.BooleanTest.arg];
  if ("CaseExpr" in expression) {
    const { arg, args, defresult } = expression.CaseExpr;
    return [arg, ...(args ?? []), defresult];
  }
  if ("CaseWhen" in expression) return [expression.CaseWhen.expr, expression.CaseWhen.result];
  return null;
}

/** The name of a function or operator without its schema; null: it is in one of somebody's own. */
function builtIn(path: readonly Node[] | undefined): string | null {
  const parts = listed(path);
  return parts.length > 1 && parts[0] !== "pg_catalog" ? null : (parts.at(-1) ?? null);
}
