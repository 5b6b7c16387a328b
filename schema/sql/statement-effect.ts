import type { CreateFunctionStmt, Node, RangeVar } from "libpg-query";
import { describeAction, type Action } from "./alter-table-action.ts";
import { columnsIn, listed, nameParts } from "./parse-tree.ts";

/** A relation as a statement names it. */
export interface Relation {
  readonly schema: string | null;
  readonly name: string;
}

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
      readonly ifExists: boolean;
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
      ifExists: statement.missing_ok ?? false,
    };
  }
  if ("CommentStmt" in tree) return { kind: "comment" };
  if ("InsertStmt" in tree) return { kind: "insert", table: relation(tree.InsertStmt.relation) };
  return { kind: "other", name: Object.keys(tree)[0] ?? "nothing" };
}

function describeFunction(statement: CreateFunctionStmt): Effect {
  const path = listed(statement.funcname);
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

function relation(range: RangeVar | undefined): Relation {
  return { schema: range?.schemaname ?? null, name: range?.relname ?? "" };
}
