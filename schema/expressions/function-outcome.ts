import type { CreateFunctionStmt, FunctionParameter, Node, SelectStmt } from "libpg-query";
import { declaredType, valueOf, valuesOf, type Names } from "./known-expression.ts";
import { anyOf, converted, declared, type DeclaredType, type KnownValue } from "./known-value.ts";
import { listed } from "../sql/parse-tree.ts";
import { parseStatements } from "../sql/parse-statements.ts";

/**
 * What a function returns, in the order of its results, for whatever its arguments can be.
 *
 * @param given the arguments, as the columns hold them; undefined where that is not known, as in a
 *   preview: then they are taken for what the function asks for
 * @returns null where it may raise, or where its body is not understood
 */
export function outcomeOf(
  statement: CreateFunctionStmt,
  given: readonly (KnownValue | undefined)[],
): readonly KnownValue[] | null {
  const parameters = (statement.parameters ?? []).flatMap((node) =>
    "FunctionParameter" in node ? [node.FunctionParameter] : [],
  );
  const inputs = parameters.filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE");
  const names = new Map<string, KnownValue>();
  const [name = ""] = listed(statement.funcname).toReversed();
  for (const [index, parameter] of inputs.entries()) {
    const value = argument(given[index], unlimited(parameter));
    if (value === null) return null;
    const own = parameter.name ?? "";
    for (const known of [own, `${name}.${own}`, `$${index + 1}`]) names.set(known, value);
  }
  const found = bodyOf(statement, names);
  if (found === null) return null;
  const isStrict = hasOption(statement, "strict") && [...names.values()].some((value) => value.mayBeNull);
  const results = resultTypes(statement, parameters);
  if (results.length !== found.length) return null;
  const values = found.map((value, index) => {
    const type = results[index];
    const result = type && converted(value, type, false);
    return result && { ...result, mayBeNull: result.mayBeNull || isStrict };
  });
  return values.every((value) => value !== null && value !== undefined) ? values : null;
}

/**
 * The name of the type of which a function returns its only argument as it is; null of
 * any other function.
 */
export function copiedType(statement: CreateFunctionStmt): string | null {
  const [parameter, ...others] = statement.parameters ?? [];
  const { sql_body: body } = statement;
  if (parameter === undefined || !("FunctionParameter" in parameter) || others.length > 0) return null;
  if (body === undefined || !("ReturnStmt" in body)) return null;
  const { name, argType } = parameter.FunctionParameter;
  const type = declaredType(argType).name;
  const returned = body.ReturnStmt.returnval;
  const isItself =
    returned !== undefined &&
    (("ParamRef" in returned && returned.ParamRef.number === 1) ||
      ("ColumnRef" in returned && listed(returned.ColumnRef.fields).join(".") === name));
  return isItself && declaredType(statement.returnType).name === type ? type : null;
}

/** PostgreSQL ignores the length of a parameter's type. */
function unlimited({ argType }: FunctionParameter): DeclaredType {
  return { ...declaredType(argType), limits: [] };
}

/** The call itself takes a value of one type as one of another, which may raise too. */
function argument(given: KnownValue | undefined, type: DeclaredType): KnownValue | null {
  return given === undefined ? declared(type, false) : converted(given, type, false);
}

function resultTypes(
  { returnType }: CreateFunctionStmt,
  parameters: readonly FunctionParameter[],
): readonly DeclaredType[] {
  const outputs = parameters.filter(({ mode }) =>
    ["FUNC_PARAM_OUT", "FUNC_PARAM_TABLE", "FUNC_PARAM_INOUT"].includes(mode ?? ""),
  );
  return outputs.length > 0 ? outputs.map(unlimited) : [{ ...declaredType(returnType), limits: [] }];
}

function bodyOf(statement: CreateFunctionStmt, names: Names): readonly KnownValue[] | null {
  const { sql_body: body } = statement;
  if (body !== undefined && "ReturnStmt" in body) return returned(body.ReturnStmt.returnval, names);
  if (body !== undefined && "List" in body) return lastOf(body.List.items ?? [], names);
  const text = textOfBody(statement);
  if (text === null) return null;
  const parsed = parseStatements("sync.sql", text);
  return "errors" in parsed
    ? null
    : lastOf(
        parsed.statements.map(({ tree }) => tree),
        names,
      );
}

/** The body between quotes; of PL/pgSQL only `BEGIN RETURN …; END`, as a query. */
function textOfBody(statement: CreateFunctionStmt): string | null {
  const options = new Map(
    (statement.options ?? []).flatMap((node) =>
      "DefElem" in node ? [[node.DefElem.defname ?? "", listed(node.DefElem.arg && [node.DefElem.arg])]] : [],
    ),
  );
  const [text, second] = options.get("as") ?? [];
  const [language] = options.get("language") ?? [];
  if (text === undefined || second !== undefined) return null;
  if (language?.toLowerCase() === "sql") return text;
  if (language?.toLowerCase() !== "plpgsql") return null;
  const [, expression] = /^\s*begin\s+return\s+([^;]+);\s*end\s*;?\s*$/i.exec(text) ?? [];
  return expression === undefined ? null : `SELECT ${expression}`;
}

/** Statements of a body stand in lists of their own. */
function lastOf(statements: readonly Node[], names: Names): readonly KnownValue[] | null {
  const [statement, ...others] = statements;
  if (statement === undefined || others.length > 0) return null;
  if ("List" in statement) return lastOf(statement.List.items ?? [], names);
  if ("ReturnStmt" in statement) return returned(statement.ReturnStmt.returnval, names);
  return "SelectStmt" in statement ? selected(statement.SelectStmt, names) : null;
}

function returned(expression: Node | undefined, names: Names): readonly KnownValue[] | null {
  if (expression !== undefined && "RowExpr" in expression) return valuesOf(expression.RowExpr.args, names);
  const value = valueOf(expression, names);
  return value && [value];
}

const PLAIN = ["targetList", "fromClause", "whereClause", "limitOption", "op"];

function selected(select: SelectStmt, names: Names): readonly KnownValue[] | null {
  const isPlain = Object.keys(select).every((key) => PLAIN.includes(key)) && select.op === "SETOP_NONE";
  const known = new Map(names);
  if (!isPlain || !(select.fromClause ?? []).every((item) => isKnown(item, known))) return null;
  if (select.whereClause !== undefined && valueOf(select.whereClause, known) === null) return null;
  const values = (select.targetList ?? []).map((target) =>
    "ResTarget" in target ? returned(target.ResTarget.val, known) : null,
  );
  const found = values.every((value) => value !== null) ? values.flat() : null;
  // Where no row is left, nothing is returned.
  return select.whereClause === undefined
    ? found
    : (found?.map((value) => ({ ...value, mayBeNull: true })) ?? null);
}

/**
 * Whether an item of FROM is one call that never raises; its result is known by its names
 * from then on.
 */
function isKnown(item: Node, known: Map<string, KnownValue>): boolean {
  if ("JoinExpr" in item) {
    const { larg, rarg, quals, jointype, usingClause } = item.JoinExpr;
    const isCross = quals === undefined && usingClause === undefined && jointype === "JOIN_INNER";
    return isCross && [larg, rarg].every((side) => side !== undefined && isKnown(side, known));
  }
  if (!("RangeFunction" in item)) return false;
  const { functions, alias, ordinality, coldeflist } = item.RangeFunction;
  const [first, ...others] = functions ?? [];
  const [call] = first !== undefined && "List" in first ? (first.List.items ?? []) : [];
  if (others.length > 0 || ordinality || coldeflist !== undefined || call === undefined) return false;
  const value = valueOf(call, known);
  if (value === null || !("FuncCall" in call)) return false;
  const [table = listed(call.FuncCall.funcname).at(-1) ?? ""] =
    alias?.aliasname === undefined ? [] : [alias.aliasname];
  const [column = table] = listed(alias?.colnames);
  known.set(`${table}.${column}`, value);
  // A name that stands for two things would have been refused.
  if (!known.has(column)) known.set(column, value);
  return true;
}

function hasOption({ options }: CreateFunctionStmt, name: string): boolean {
  return (options ?? []).some(
    (node) =>
      "DefElem" in node && node.DefElem.defname === name && JSON.stringify(node.DefElem.arg).includes("true"),
  );
}

/** A type as the catalog prints it: `character varying(20)`. */
export function printedDeclaration(printed: string): DeclaredType {
  const [, words = printed, limits = "", rest = "", array = ""] =
    /^([^([]+?)(?:\(([\d,]+)\))?( with(?:out)? time zone)?(\[\])?$/.exec(printed) ?? [];
  const name = PRINTED[`${words}${rest}`] ?? `${words}${rest}`.split(".").at(-1) ?? "";
  return {
    name: name.replaceAll('"', ""),
    isArray: array !== "",
    limits: limits === "" ? [] : limits.split(",").map(Number),
  };
}

/** What a column of a type can hold. */
export function heldBy(type: DeclaredType, mayBeNull: boolean): KnownValue {
  return type.isArray ? anyOf(type.name, mayBeNull, true) : declared(type, mayBeNull);
}

const PRINTED: Readonly<Record<string, string>> = {
  "character varying": "varchar",
  character: "bpchar",
  smallint: "int2",
  integer: "int4",
  bigint: "int8",
  boolean: "bool",
  real: "float4",
  "double precision": "float8",
  "bit varying": "varbit",
  "time without time zone": "time",
  "time with time zone": "timetz",
  "timestamp without time zone": "timestamp",
  "timestamp with time zone": "timestamptz",
};
