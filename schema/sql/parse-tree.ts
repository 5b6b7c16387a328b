import type {
  A_Const,
  ColumnDef,
  Constraint,
  IndexStmt,
  Node,
  PartitionSpec,
  RangeVar,
  TypeName,
} from "libpg-query";
import { identifier, integer, list, literal, sql, verbatim, type Sql } from "./sql.ts";

/** The parts of a dotted name; of a type or a function without its arguments. */
export function nameParts(node: Node): readonly string[] {
  if ("String" in node) return [node.String.sval ?? ""];
  if ("List" in node) return listed(node.List.items);
  if ("TypeName" in node) return listed(node.TypeName.names);
  if ("ObjectWithArgs" in node) return listed(node.ObjectWithArgs.objname);
  const fields = (node as { fields?: readonly Node[] }).fields;
  return fields === undefined ? [] : fields.flatMap((field) => nameParts(field));
}

/** The columns, tables or other things that a list of nodes names; of a path its parts. */
export function listed(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap(nameParts);
}

/** Every column that a part of a parse tree refers to, once. */
export function columnsIn(tree: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === "object" && node !== null) {
      for (const [key, value] of Object.entries(node)) {
        if (key === "ColumnRef") {
          const last = nameParts(value as Node).at(-1);
          if (last !== undefined) found.add(last);
        } else if (key === "IndexElem" && typeof (value as { name?: unknown }).name === "string") {
          found.add((value as { name: string }).name);
        }
        visit(value);
      }
    }
  };
  visit(tree);
  return [...found];
}

/** The name of a table or a view, without its schema. */
export function nameOf(range: RangeVar | undefined): string {
  return range?.relname ?? "";
}

/** The tables that are named as parents. */
export function parentsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ("RangeVar" in node ? [nameOf(node.RangeVar)] : []));
}

/** Every table or view that a query names, once. */
export function tablesIn(query: unknown): readonly string[] {
  if (typeof query !== "object" || query === null) return [];
  return [
    ...new Set(
      Object.entries(query).flatMap(([key, value]) =>
        key === "RangeVar" ? [nameOf(value as RangeVar)] : tablesIn(value),
      ),
    ),
  ];
}

/** What stands behind a column or a domain in its definition. */
export function constraintsOf({ constraints }: Pick<ColumnDef, "constraints">): readonly Constraint[] {
  return (constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
}

/**
 * The columns of an index that stand in it as they are: neither in an expression nor under a
 * collation or an operator class of their own.
 */
export function plainColumns({ indexParams }: IndexStmt): readonly string[] {
  return (indexParams ?? []).flatMap((node) => {
    if (!("IndexElem" in node)) return [];
    const { name, collation, opclass } = node.IndexElem;
    return name === undefined || collation !== undefined || opclass !== undefined ? [] : [name];
  });
}

/** The columns by which rows are parted, those of expressions included. */
export function partitionKey({ partParams }: PartitionSpec): readonly string[] {
  return (partParams ?? []).flatMap((node) => {
    if (!("PartitionElem" in node)) return [];
    const { name, expr } = node.PartitionElem;
    return name === undefined ? columnsIn(expr) : [name];
  });
}

/**
 * A constant, also one that is cast: as a default it takes the column's type anyway. Null for any
 * other expression.
 */
export function constantIn(expression: Node): Sql | null {
  if ("TypeCast" in expression && expression.TypeCast.arg !== undefined) {
    return constantIn(expression.TypeCast.arg);
  }
  return "A_Const" in expression ? constantValue(expression.A_Const) : null;
}

/** A type as its statement wrote it, in words that PostgreSQL accepts anywhere. */
export function typeText(type: TypeName | undefined): Sql {
  const [first = "text", ...rest] = listed(type?.names);
  const modifiers = (type?.typmods ?? []).flatMap((node) => modifierIn(node) ?? []);
  const limit = modifiers.length > 0 ? sql`(${list(modifiers)})` : sql``;
  const bounds = (type?.arrayBounds ?? []).length > 0 ? sql`[]` : sql``;
  // By its keyword an interval would take a precision only; by its name it takes the mask of its
  // fields too, as the parser gives it.
  const isOwn = rest.length === 0 && modifiers.length > 0 && MODIFIED_TYPES.includes(first);
  const name = isOwn ? identifier("pg_catalog", first) : identifier(first, ...rest);
  return sql`${name}${limit}${bounds}`;
}

/**
 * PostgreSQL's own types with a length or a precision, also under names that the parser does not
 * know as its own.
 */
const MODIFIED_TYPES = [
  ...["numeric", "varchar", "bpchar", "bit", "varbit"],
  ...["time", "timetz", "timestamp", "timestamptz", "interval"],
];

/** Extensions have types that are modified by words: `geometry(point, 4326)`. */
function modifierIn(node: Node): Sql | null {
  if (!("ColumnRef" in node)) return constantIn(node);
  const [word, ...others] = nameParts(node.ColumnRef as Node);
  return word === undefined || others.length > 0 ? null : identifier(word);
}

/** The last part of a type's name: `text`, `varchar`, `int8`; of an array, of its elements. */
export function typeName(type: TypeName | undefined): string {
  return listed(type?.names).at(-1) ?? "";
}

function constantValue(constant: A_Const): Sql | null {
  if (constant.isnull) return sql`NULL`;
  if (constant.sval !== undefined) return literal(constant.sval.sval ?? "");
  if (constant.boolval !== undefined) return constant.boolval.boolval ? sql`true` : sql`false`;
  if (constant.ival !== undefined) return integer(constant.ival.ival ?? 0);
  // PostgreSQL's lexer lets nothing but digits, point, sign and exponent into a float.
  if (constant.fval !== undefined) return verbatim(constant.fval.fval ?? "0");
  // As the parser tells it: b or x, and then the digits that its lexer lets through.
  const bits = /^([bx])([0-9a-f]*)$/i.exec(constant.bsval?.bsval ?? "");
  if (bits !== null) return verbatim(`${bits[1] ?? ""}'${bits[2] ?? ""}'`);
  return null;
}

/** Everything of one kind in a part of a parse tree, whatever it stands in. */
export function nodesUnder(kind: string, tree: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) => [
    ...(key === kind && typeof value === "object" && value !== null
      ? [value as Readonly<Record<string, unknown>>]
      : []),
    ...nodesUnder(kind, value),
  ]);
}
