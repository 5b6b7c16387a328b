import type { A_Expr, CaseExpr, FuncCall, Node, TypeName } from "libpg-query";
import { CALLS, inType } from "./known-calls.ts";
import { isLikePattern, isPattern } from "./known-patterns.ts";
import {
  anyOf,
  areComparable,
  converted,
  declared,
  either,
  isSimple,
  isTextual,
  isWhole,
  textOf,
  wholeNumber,
  type DeclaredType,
  type KnownValue,
} from "./known-value.ts";
import { listed, typeName } from "../sql/parse-tree.ts";

/** Values by the names by which an expression refers to them: `street`, `cut.name`, `$1`. */
export type Names = ReadonlyMap<string, KnownValue>;

/**
 * What an expression can be, put together of nothing but what PostgreSQL itself never raises for.
 *
 * @returns null where it may raise for some value
 */
export function valueOf(expression: Node | undefined, names: Names): KnownValue | null {
  if (expression === undefined) return null;
  if ("A_Const" in expression) return constant(expression);
  if ("ColumnRef" in expression || "ParamRef" in expression) {
    return names.get(referenceIn(expression) ?? "") ?? null;
  }
  if ("TypeCast" in expression) {
    const { arg, typeName: type } = expression.TypeCast;
    const target = declaredType(type);
    // A constant was read as its type when the function was made.
    if (arg !== undefined && "A_Const" in arg && arg.A_Const.sval !== undefined && target.name !== "")
      return constantOf(valueOf(arg, names), target);
    const value = valueOf(arg, names);
    return value && converted(value, target, true);
  }
  if ("CollateClause" in expression) {
    const [collation = ""] = listed(expression.CollateClause.collname).toReversed();
    return COLLATIONS.test(collation) ? valueOf(expression.CollateClause.arg, names) : null;
  }
  if ("FuncCall" in expression) return called(expression.FuncCall, names);
  if ("A_Expr" in expression) return operation(expression.A_Expr, names);
  if ("BoolExpr" in expression) return truth(valuesOf(expression.BoolExpr.args, names));
  if ("NullTest" in expression) {
    return valueOf(expression.NullTest.arg, names) && anyOf("bool", false);
  }
  if ("BooleanTest" in expression) {
    return valueOf(expression.BooleanTest.arg, names) && anyOf("bool", false);
  }
  if ("CoalesceExpr" in expression) {
    const values = valuesOf(expression.CoalesceExpr.args, names);
    const value = values && oneOf(values);
    return value && { ...value, mayBeNull: values.every((one) => one.mayBeNull) };
  }
  if ("MinMaxExpr" in expression) {
    const values = valuesOf(expression.MinMaxExpr.args, names);
    const [first] = values ?? [];
    if (values === null || first === undefined || !values.every((one) => areComparable(one, first)))
      return null;
    const value = oneOf(values);
    return value && { ...value, mayBeNull: values.every((one) => one.mayBeNull) };
  }
  return "CaseExpr" in expression ? chosen(expression.CaseExpr, names) : null;
}

/** PostgreSQL's own, none of which refuses a pattern or a search. */
const COLLATIONS = /^(C|POSIX|default|ucs_basic|.*-x-icu)$/;

/** All of them; null where one may raise. */
export function valuesOf(
  expressions: readonly Node[] | undefined,
  names: Names,
): readonly KnownValue[] | null {
  const values = (expressions ?? []).map((expression) => valueOf(expression, names));
  return values.every((value) => value !== null) ? values : null;
}

export function declaredType(type: TypeName | undefined): DeclaredType {
  const limits = (type?.typmods ?? []).map((node) =>
    "A_Const" in node ? (node.A_Const.ival?.ival ?? 0) : Number.NaN,
  );
  const name = typeName(type);
  return { name: name === "char" ? "bpchar" : name, isArray: (type?.arrayBounds ?? []).length > 0, limits };
}

/** The name of a column, with what it is of; of a parameter `$` and its place. */
function referenceIn(expression: Node): string | null {
  if ("ParamRef" in expression) return `$${expression.ParamRef.number ?? 0}`;
  if (!("ColumnRef" in expression)) return null;
  return listed(expression.ColumnRef.fields).join(".");
}

function constant(expression: Node): KnownValue | null {
  if (!("A_Const" in expression)) return null;
  const { isnull, sval, ival, fval, boolval } = expression.A_Const;
  if (isnull) return { ...textOf(true, 0), type: "unknown" };
  if (sval !== undefined) {
    const text = sval.sval ?? "";
    return { ...textOf(false, [...text].length), type: "unknown", text };
  }
  if (boolval !== undefined) return anyOf("bool", false);
  if (ival !== undefined) return wholeNumber(false, [ival.ival ?? 0, ival.ival ?? 0]);
  return fval === undefined ? null : anyOf("numeric", false);
}

function constantOf(value: KnownValue | null, type: DeclaredType): KnownValue | null {
  const target = declared(type, false);
  return isTextual(target) ? value && converted(value, type, true) : target;
}

function called({ funcname, args, ...form }: FuncCall, names: Names): KnownValue | null {
  const [name = "", schema] = listed(funcname).toReversed();
  const isPlain = !form.agg_filter && !form.over && !form.func_variadic && !form.agg_order;
  if (!isPlain || (schema !== undefined && schema !== "pg_catalog")) return null;
  const values = valuesOf(args, names);
  return values && (CALLS[name]?.(values) ?? null);
}

const COMPARISONS = ["=", "<>", "!=", "<", ">", "<=", ">="];
const PATTERNS = ["~", "~*", "!~", "!~*"];

function operation(expression: A_Expr, names: Names): KnownValue | null {
  const [operator = "", schema] = listed(expression.name).toReversed();
  if (schema !== undefined && schema !== "pg_catalog") return null;
  const right = expression.rexpr;
  const operands = right !== undefined && "List" in right ? (right.List.items ?? []) : [right];
  const values = valuesOf(
    [expression.lexpr, ...operands].filter((one) => one !== undefined),
    names,
  );
  const [one, other] = values ?? [];
  if (values === null || one === undefined) return null;
  const mayBeNull = values.some((value) => value.mayBeNull);
  const comparable = values.every((value) => areComparable(one, value)) ? anyOf("bool", mayBeNull) : null;
  switch (expression.kind) {
    case "AEXPR_OP":
      break;
    case "AEXPR_DISTINCT":
    case "AEXPR_NOT_DISTINCT":
      return comparable && { ...comparable, mayBeNull: false };
    case "AEXPR_NULLIF":
      return comparable && { ...one, mayBeNull: true };
    case "AEXPR_IN":
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN":
      return comparable;
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return values.every(isTextual) && other !== undefined && isLikePattern(other)
        ? anyOf("bool", mayBeNull)
        : null;
    case undefined:
    default:
      return null;
  }
  if (COMPARISONS.includes(operator)) return comparable;
  if (PATTERNS.includes(operator)) {
    return values.every(isTextual) && other !== undefined && isPattern(other)
      ? anyOf("bool", mayBeNull)
      : null;
  }
  if (operator === "||") {
    if (!values.every(isSimple) || !values.some((value) => isTextual(value) && value.type !== "unknown"))
      return null;
    const longest = values.every((value) => isTextual(value) && value.longest !== null)
      ? values.reduce((sum, value) => sum + (value.longest ?? 0), 0)
      : null;
    return textOf(mayBeNull, longest);
  }
  return arithmetic(
    operator,
    expression.lexpr === undefined ? [wholeNumber(false, [0, 0], "int2"), one] : values,
  );
}

function arithmetic(operator: string, values: readonly KnownValue[]): KnownValue | null {
  const [one, other] = values;
  if (one === undefined || other === undefined || !isWhole(one) || !isWhole(other)) return null;
  const type = ["int2", "int4", "int8"].findLast((name) => name === one.type || name === other.type);
  const [[a, b], [c, d]] = [one.range ?? [0, 0], other.range ?? [0, 0]];
  const mayBeNull = one.mayBeNull || other.mayBeNull;
  if (type === undefined) return null;
  if (operator === "+") return inType(type, mayBeNull, [a + c, b + d]);
  if (operator === "-") return inType(type, mayBeNull, [a - d, b - c]);
  if (operator !== "*") return null;
  const products = [a * c, a * d, b * c, b * d];
  return inType(type, mayBeNull, [Math.min(...products), Math.max(...products)]);
}

function truth(values: readonly KnownValue[] | null): KnownValue | null {
  return (
    values &&
    anyOf(
      "bool",
      values.some((value) => value.mayBeNull),
    )
  );
}

function oneOf(values: readonly KnownValue[]): KnownValue | null {
  const [first, ...others] = values;
  if (first === undefined) return null;
  return others.reduce<KnownValue | null>((known, value) => known && either(known, value), first);
}

function chosen({ arg, args, defresult }: CaseExpr, names: Names): KnownValue | null {
  const compared = arg === undefined ? undefined : valueOf(arg, names);
  if (compared === null) return null;
  const results: KnownValue[] = [];
  let known = names;
  for (const when of args ?? []) {
    if (!("CaseWhen" in when)) return null;
    const { expr, result } = when.CaseWhen;
    const condition = valueOf(expr, known);
    if (condition === null || (compared !== undefined && !areComparable(compared, condition))) return null;
    const isCondition = compared === undefined;
    const value = valueOf(result, isCondition ? without(known, presentIf(expr, true)) : known);
    if (value === null) return null;
    results.push(value);
    if (isCondition) known = without(known, presentIf(expr, false));
  }
  const rest = defresult === undefined ? { ...textOf(true, 0), type: "unknown" } : valueOf(defresult, known);
  return rest && oneOf([...results, rest]);
}

/** Names of what is not NULL where a condition is true, or where it is not. */
function presentIf(condition: Node | undefined, isTrue: boolean): readonly string[] {
  if (condition === undefined) return [];
  if ("NullTest" in condition) {
    const { arg, nulltesttype } = condition.NullTest;
    const isPresent = nulltesttype === (isTrue ? "IS_NOT_NULL" : "IS_NULL");
    const name = arg === undefined ? null : referenceIn(arg);
    return isPresent && name !== null ? [name] : [];
  }
  if ("BoolExpr" in condition) {
    const { boolop, args } = condition.BoolExpr;
    return boolop === (isTrue ? "AND_EXPR" : "OR_EXPR")
      ? (args ?? []).flatMap((part) => presentIf(part, isTrue))
      : [];
  }
  if (!isTrue || !("A_Expr" in condition) || condition.A_Expr.kind !== "AEXPR_OP") return [];
  const { lexpr, rexpr } = condition.A_Expr;
  return [lexpr, rexpr].flatMap((side) => (side === undefined ? [] : (referenceIn(side) ?? [])));
}

function without(names: Names, present: readonly string[]): Names {
  if (present.length === 0) return names;
  return new Map(
    [...names].map(([name, value]) => [
      name,
      present.includes(name) ? { ...value, mayBeNull: false } : value,
    ]),
  );
}
