import type {
  A_Const,
  AlterTableCmd,
  ColumnDef,
  Constraint,
  CreateFunctionStmt,
  Node,
  RangeVar,
} from "libpg-query";
import { integer, literal, sql, verbatim, type Sql } from "./sql.ts";

/** A relation as a statement names it. */
export interface Relation {
  readonly schema: string | null;
  readonly name: string;
}

/** One action of an ALTER TABLE. */
export type Action =
  | {
      readonly kind: "add-column";
      readonly column: string;
      readonly notNull: boolean;
      /** How new rows get a value: none, a constant, something evaluated for each row, or by the database itself. */
      readonly filling: "none" | "constant" | "expression" | "generated";
      /** The constant; null when there is none. */
      readonly constant: Sql | null;
      /** Whether a constraint other than NOT NULL stands at the column. */
      readonly constrained: boolean;
    }
  | {
      readonly kind: "add-constraint";
      readonly constraint: string | null;
      readonly type: string;
      readonly notValid: boolean;
      readonly columns: readonly string[];
    }
  | { readonly kind: "validate-constraint"; readonly constraint: string }
  | { readonly kind: "drop-column"; readonly column: string; readonly cascade: boolean }
  | { readonly kind: "drop-constraint"; readonly constraint: string; readonly cascade: boolean }
  | { readonly kind: "other"; readonly name: string; readonly column: string | null };

/** What a statement does, as far as goals, undo and phase rules need to know. */
export type Effect =
  | { readonly kind: "create-table"; readonly table: Relation; readonly columns: readonly string[] }
  | { readonly kind: "alter-table"; readonly table: Relation; readonly actions: readonly Action[] }
  | {
      readonly kind: "create-index";
      readonly table: Relation;
      readonly index: string | null;
      readonly concurrently: boolean;
      readonly unique: boolean;
      readonly columns: readonly string[];
    }
  | {
      readonly kind: "create-function";
      readonly schema: string | null;
      readonly name: string;
      readonly inputs: number;
      /** Names of its results; empty when it returns one value without a name. */
      readonly outputs: readonly string[];
    }
  | {
      readonly kind: "drop";
      /** As in `OBJECT_TABLE`. */
      readonly type: string;
      readonly names: readonly string[];
      readonly concurrently: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: "comment" }
  | { readonly kind: "insert"; readonly table: Relation }
  | { readonly kind: "other"; readonly name: string };

/** Reads PostgreSQL's parse tree of one statement. */
export function describeEffect(tree: Node): Effect {
  if ("CreateStmt" in tree) {
    const columns = (tree.CreateStmt.tableElts ?? []).flatMap((element) =>
      "ColumnDef" in element ? [element.ColumnDef.colname ?? ""] : [],
    );
    return { kind: "create-table", table: relation(tree.CreateStmt.relation), columns };
  }
  if ("AlterTableStmt" in tree && tree.AlterTableStmt.objtype === "OBJECT_TABLE") {
    const actions = (tree.AlterTableStmt.cmds ?? []).flatMap((command) =>
      "AlterTableCmd" in command ? [describeAction(command.AlterTableCmd)] : [],
    );
    return { kind: "alter-table", table: relation(tree.AlterTableStmt.relation), actions };
  }
  if ("IndexStmt" in tree) {
    const statement = tree.IndexStmt;
    return {
      kind: "create-index",
      table: relation(statement.relation),
      index: statement.idxname ?? null,
      concurrently: statement.concurrent ?? false,
      unique: statement.unique ?? false,
      columns: columnsIn([statement.indexParams, statement.indexIncludingParams, statement.whereClause]),
    };
  }
  if ("CreateFunctionStmt" in tree) return describeFunction(tree.CreateFunctionStmt);
  if ("DropStmt" in tree) {
    const statement = tree.DropStmt;
    return {
      kind: "drop",
      type: statement.removeType ?? "",
      names: (statement.objects ?? []).map((object) => nameParts(object).join(".")),
      concurrently: statement.concurrent ?? false,
      cascade: statement.behavior === "DROP_CASCADE",
    };
  }
  if ("CommentStmt" in tree) return { kind: "comment" };
  if ("InsertStmt" in tree) return { kind: "insert", table: relation(tree.InsertStmt.relation) };
  return { kind: "other", name: Object.keys(tree)[0] ?? "nothing" };
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

function describeAction(command: AlterTableCmd): Action {
  const definition = command.def;
  const name = command.name ?? "";
  const cascade = command.behavior === "DROP_CASCADE";
  switch (command.subtype) {
    case "AT_AddColumn":
      if (definition !== undefined && "ColumnDef" in definition) return describeColumn(definition.ColumnDef);
      break;
    case "AT_AddConstraint":
      if (definition !== undefined && "Constraint" in definition)
        return describeConstraint(definition.Constraint);
      break;
    case "AT_ValidateConstraint":
      return { kind: "validate-constraint", constraint: name };
    case "AT_DropColumn":
      return { kind: "drop-column", column: name, cascade };
    case "AT_DropConstraint":
      return { kind: "drop-constraint", constraint: name, cascade };
    case undefined:
    default:
  }
  return { kind: "other", name: command.subtype ?? "", column: command.name ?? null };
}

function describeColumn(column: ColumnDef): Action {
  const constraints = (column.constraints ?? []).flatMap((node) =>
    "Constraint" in node ? [node.Constraint] : [],
  );
  const types = new Set<string | undefined>(constraints.map((constraint) => constraint.contype));
  const expression = constraints.find((constraint) => constraint.contype === "CONSTR_DEFAULT")?.raw_expr;
  const constant = expression === undefined ? null : constantIn(expression);
  const typeName =
    column.typeName?.names?.map((node) => ("String" in node ? node.String.sval : "")).at(-1) ?? "";
  const generated =
    types.has("CONSTR_GENERATED") ||
    types.has("CONSTR_IDENTITY") ||
    /^(small|big)?serial[248]?$/.test(typeName);
  return {
    kind: "add-column",
    column: column.colname ?? "",
    notNull: types.has("CONSTR_NOTNULL") || types.has("CONSTR_PRIMARY"),
    filling: generated
      ? "generated"
      : expression === undefined
        ? "none"
        : constant
          ? "constant"
          : "expression",
    constant,
    constrained: [
      "CONSTR_CHECK",
      "CONSTR_UNIQUE",
      "CONSTR_PRIMARY",
      "CONSTR_FOREIGN",
      "CONSTR_EXCLUSION",
    ].some((type) => types.has(type)),
  };
}

function describeConstraint(constraint: Constraint): Action {
  return {
    kind: "add-constraint",
    constraint: constraint.conname ?? null,
    type: (constraint.contype ?? "").replace(/^CONSTR_/, "").toLowerCase(),
    notValid: constraint.skip_validation ?? false,
    columns: [
      ...columnsIn(constraint.raw_expr),
      ...[...(constraint.keys ?? []), ...(constraint.fk_attrs ?? [])].flatMap((node) => nameParts(node)),
    ],
  };
}

function describeFunction(statement: CreateFunctionStmt): Effect {
  const path = (statement.funcname ?? []).flatMap((node) => nameParts(node));
  const parameters = (statement.parameters ?? []).flatMap((node) =>
    "FunctionParameter" in node ? [node.FunctionParameter] : [],
  );
  const isOutput = (mode: string | undefined) => mode === "FUNC_PARAM_OUT" || mode === "FUNC_PARAM_TABLE";
  return {
    kind: "create-function",
    schema: path.length > 1 ? (path[0] ?? null) : null,
    name: path.at(-1) ?? "",
    inputs: parameters.filter((parameter) => !isOutput(parameter.mode)).length,
    outputs: parameters
      .filter((parameter) => isOutput(parameter.mode) || parameter.mode === "FUNC_PARAM_INOUT")
      .map((parameter) => parameter.name ?? ""),
  };
}

/** A constant, also one that is cast: as a default it takes the column's type anyway. */
function constantIn(expression: Node): Sql | null {
  if ("TypeCast" in expression && expression.TypeCast.arg !== undefined)
    return constantIn(expression.TypeCast.arg);
  if (!("A_Const" in expression)) return null;
  return constantValue(expression.A_Const);
}

function constantValue(constant: A_Const): Sql | null {
  if (constant.isnull) return sql`NULL`;
  if (constant.sval !== undefined) return literal(constant.sval.sval ?? "");
  if (constant.boolval !== undefined) return constant.boolval.boolval ? sql`true` : sql`false`;
  if (constant.ival !== undefined) return integer(constant.ival.ival ?? 0);
  // PostgreSQL's lexer lets nothing but digits, point, sign and exponent into a float.
  if (constant.fval !== undefined) return verbatim(constant.fval.fval ?? "0");
  return null;
}

function nameParts(node: Node): readonly string[] {
  if ("String" in node) return [node.String.sval ?? ""];
  if ("List" in node) return (node.List.items ?? []).flatMap((item) => nameParts(item));
  const fields = (node as { fields?: readonly Node[] }).fields;
  return fields === undefined ? [] : fields.flatMap((field) => nameParts(field));
}

function relation(range: RangeVar | undefined): Relation {
  return { schema: range?.schemaname ?? null, name: range?.relname ?? "" };
}
