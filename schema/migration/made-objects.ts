import type { CreateFunctionStmt, Node, RangeVar, TypeName } from "libpg-query";
import { addedColumns, createdTables } from "./added-objects.ts";
import { detached, path, pathOf } from "./attached-parts.ts";
import { typesOf } from "./expand-types.ts";
import type { Migration } from "./migration.ts";
import { columnsIn, listed, nameOf, nodesUnder } from "../sql/parse-tree.ts";
import { list, sql, type Sql } from "../sql/sql.ts";

/** What a statement makes beside tables and their parts, and what drops it. */
export interface MadeObject {
  /** Last part of its name. */
  readonly name: string;
  /** Drops it where it exists, and never what uses it. */
  readonly drop: Sql;
  /** Whether it may have existed before: OR REPLACE, IF NOT EXISTS. */
  readonly mayExist: boolean;
  /** Whether it shows rows of tables, as views do. */
  readonly isView: boolean;
}

/** The drop of what one statement of expand.sql made. */
export interface ObjectRemoval {
  /** Place in expand.sql of the statement that made it, from 0. */
  readonly statement: number;
  /**
   * Whether it is made of tables or columns of the same file, and goes before they do;
   * others go after.
   */
  readonly early: boolean;
  readonly sql: Sql;
}

/** The object that a statement makes; null: none, or one without a name. */
export function madeObject(tree: Node): MadeObject | null {
  if ("CreateEnumStmt" in tree) return made(sql`TYPE`, listed(tree.CreateEnumStmt.typeName));
  if ("CreateRangeStmt" in tree) return made(sql`TYPE`, listed(tree.CreateRangeStmt.typeName));
  if ("CompositeTypeStmt" in tree) return made(sql`TYPE`, pathOf(tree.CompositeTypeStmt.typevar));
  if ("CreateDomainStmt" in tree) return made(sql`DOMAIN`, listed(tree.CreateDomainStmt.domainname));
  if ("CreateSeqStmt" in tree) {
    const { sequence, if_not_exists } = tree.CreateSeqStmt;
    return made(sql`SEQUENCE`, pathOf(sequence), if_not_exists);
  }
  if ("CreateExtensionStmt" in tree) {
    const { extname = "", if_not_exists } = tree.CreateExtensionStmt;
    return made(sql`EXTENSION`, [extname], if_not_exists);
  }
  if ("CreateStatsStmt" in tree) {
    const { defnames, if_not_exists } = tree.CreateStatsStmt;
    return made(sql`STATISTICS`, listed(defnames), if_not_exists);
  }
  if ("ViewStmt" in tree) return view(sql`VIEW`, pathOf(tree.ViewStmt.view), tree.ViewStmt.replace);
  if ("CreateTableAsStmt" in tree && tree.CreateTableAsStmt.objtype === "OBJECT_MATVIEW") {
    const { into, if_not_exists } = tree.CreateTableAsStmt;
    return view(sql`MATERIALIZED VIEW`, pathOf(into?.rel), if_not_exists);
  }
  return "CreateFunctionStmt" in tree ? madeFunction(tree.CreateFunctionStmt) : null;
}

/**
 * Whether a statement is made of tables, columns, types or views that its file makes: those cannot
 * go before it.
 */
export function usesMade(tree: Node, migration: Pick<Migration, "expand">): boolean {
  return (
    usesRelations(tree, migration) ||
    usesAny(
      tree,
      objectNames(migration, () => true),
    )
  );
}

/** Takes back what expand.sql makes beside tables and their parts, the last first. */
export function objectRemovals(migration: Pick<Migration, "expand">): readonly ObjectRemoval[] {
  const types = typesOf(migration);
  // Types are made before everything else.
  const order = [...types, ...migration.expand.filter((statement) => !types.includes(statement))];
  return order
    .flatMap((statement): ObjectRemoval[] => {
      const { tree } = statement;
      const place = migration.expand.indexOf(statement);
      const object = madeObject(tree);
      const back = object === null ? detached(tree) : object.mayExist ? null : object.drop;
      if (back === null) return [];
      const early = object === null || object.isView || usesRelations(tree, migration);
      return [{ statement: place, early, sql: back }];
    })
    .toReversed();
}

function usesRelations(tree: Node, migration: Pick<Migration, "expand">): boolean {
  const tables = migration.expand.flatMap(({ effect }) =>
    effect.kind === "alter-table" ? [effect.table.name] : [],
  );
  const columns = tables.flatMap((table) => addedColumns(migration, table).map(({ column }) => column));
  return (
    // An argument of the type of a column is named by it.
    nodesUnder("argType", tree).some((type) => (type as TypeName).pct_type) ||
    columnsIn(tree).some((column) => columns.includes(column)) ||
    usesAny(tree, [...createdTables(migration), ...objectNames(migration, ({ isView }) => isView)])
  );
}

/**
 * Whether relations, types or functions of these names stand in a statement, beside the
 * one that it makes.
 */
function usesAny(tree: Node, names: readonly string[]): boolean {
  const own = madeObject(tree)?.name;
  const used = [
    ...nodesUnder("RangeVar", tree).map((range) => nameOf(range as RangeVar)),
    ...["typeName", "argType", "returnType"].flatMap((key) =>
      nodesUnder(key, tree).map((type) => listed((type as TypeName).names).at(-1)),
    ),
    ...nodesUnder("FuncCall", tree).map((call) => listed(call["funcname"] as Node[]).at(-1)),
  ];
  return used.some((name) => name !== undefined && name !== own && names.includes(name));
}

function objectNames({ expand }: Pick<Migration, "expand">, isAsked: (object: MadeObject) => boolean) {
  return expand.flatMap(({ tree }) => {
    const object = madeObject(tree);
    return object !== null && isAsked(object) ? [object.name] : [];
  });
}

function made(kind: Sql, parts: readonly string[], mayExist = false, args = sql``): MadeObject | null {
  const name = parts.at(-1);
  if (name === undefined) return null;
  return { name, mayExist, isView: false, drop: sql`DROP ${kind} IF EXISTS ${path(parts)}${args}` };
}

function view(kind: Sql, parts: readonly string[], mayExist?: boolean): MadeObject | null {
  const object = made(kind, parts, mayExist);
  return object && { ...object, isView: true };
}

function madeFunction(statement: CreateFunctionStmt): MadeObject | null {
  const { funcname, is_procedure, parameters = [], replace } = statement;
  const args = parameters.flatMap((node): Sql[] => {
    if (!("FunctionParameter" in node)) return [];
    const { argType, mode } = node.FunctionParameter;
    switch (mode) {
      case "FUNC_PARAM_TABLE":
        return [];
      case "FUNC_PARAM_OUT":
        return [sql`OUT ${argument(argType)}`];
      case "FUNC_PARAM_INOUT":
        return [sql`INOUT ${argument(argType)}`];
      case "FUNC_PARAM_VARIADIC":
        return [sql`VARIADIC ${argument(argType)}`];
      default:
        return [argument(argType)];
    }
  });
  return made(is_procedure ? sql`PROCEDURE` : sql`FUNCTION`, listed(funcname), replace, sql`(${list(args)})`);
}

/** A type as it tells one function from another: without its length. */
function argument(type: TypeName | undefined): Sql {
  const reference = type?.pct_type ? sql`%TYPE` : sql``;
  const bounds = (type?.arrayBounds ?? []).length > 0 ? sql`[]` : sql``;
  return sql`${path(listed(type?.names))}${reference}${bounds}`;
}
