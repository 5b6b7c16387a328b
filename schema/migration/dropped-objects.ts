import type { DropStmt, Node, ObjectWithArgs } from "libpg-query";
import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { nameParts, typeText } from "../sql/parse-tree.ts";
import { identifier, list, literal, sql, type Sql } from "../sql/sql.ts";

/** What a part of contract.sql drops. */
export interface Drop {
  /** For people: `street of address`. */
  readonly name: string;
  /**
   * Queries of the address in the catalog of each object, as `classid`, `objid` and `objsubid`; no
   * row where there is none.
   */
  readonly addresses: readonly Sql[];
  /**
   * Whether columns or a table, of which contract may do nothing but drop them: nothing else may
   * use them then.
   */
  readonly isFinal: boolean;
  /** Whether all that uses it goes too, without being asked for. */
  readonly cascade: boolean;
}

/** What each statement of contract.sql drops, in their order. */
export function droppedObjects({ contract }: Pick<Migration, "contract">): readonly (readonly Drop[])[] {
  return contract.map((statement) => [
    ...dropsOfStatement(statement),
    ...dropsOfTable(statement),
    ...changedPolicy(statement),
  ]);
}

/**
 * A policy with another condition is as good as another policy: what it read before, it
 * uses no more.
 */
function changedPolicy({ tree }: ParsedStatement): readonly Drop[] {
  if (!("AlterPolicyStmt" in tree)) return [];
  const { policy_name = "", table, qual, with_check } = tree.AlterPolicyStmt;
  if (qual === undefined && with_check === undefined) return [];
  const { relname = "", schemaname } = table ?? {};
  const path = pathText(schemaname === undefined ? [relname] : [schemaname, relname]);
  return [
    { name: policy_name, addresses: [partOf("policy", path, policy_name)], isFinal: false, cascade: false },
  ];
}

function dropsOfStatement({ effect, tree }: ParsedStatement): readonly Drop[] {
  if (effect.kind !== "drop" || !("DropStmt" in tree)) return [];
  const { cascade, names, type } = effect;
  return [
    {
      name: names.join(", "),
      addresses: addressesOf(tree.DropStmt),
      isFinal: type === "OBJECT_TABLE" && !cascade,
      cascade,
    },
  ];
}

function dropsOfTable({ effect }: ParsedStatement): readonly Drop[] {
  if (effect.kind !== "alter-table") return [];
  const { name, schema } = effect.table;
  const table = pathText(schema === null ? [name] : [schema, name]);
  const drops = effect.actions.flatMap((action): Drop[] => {
    if (action.kind === "drop-column") {
      const addresses = [partOf("column", table, action.column)];
      return [{ name: action.column, addresses, isFinal: !action.cascade, cascade: action.cascade }];
    }
    if (action.kind !== "drop-constraint") return [];
    const addresses = [partOf("constraint", table, action.constraint)];
    return [{ name: action.constraint, addresses, isFinal: false, cascade: action.cascade }];
  });
  const columns = drops.filter(({ isFinal }) => isFinal);
  const rest = drops.filter(({ isFinal }) => !isFinal);
  if (columns.length === 0) return rest;
  const names = columns.map((column) => column.name).join(", ");
  const addresses = columns.flatMap((column) => column.addresses);
  return [...rest, { name: `${names} of ${name}`, addresses, isFinal: true, cascade: false }];
}

/** Kinds of which nothing depends on a column or stands between one and what does are left out. */
function addressesOf({ objects = [], removeType }: DropStmt): readonly Sql[] {
  switch (removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE":
    case "OBJECT_FOREIGN_TABLE":
      return objects.map((object) => named("pg_class", sql`to_regclass`, pathText(nameParts(object))));
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return objects.flatMap((object) =>
        "TypeName" in object ? [named("pg_type", sql`to_regtype`, typeText(object.TypeName))] : [],
      );
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
    case "OBJECT_AGGREGATE":
      return objects.flatMap((object) =>
        "ObjectWithArgs" in object ? [functionAddress(object.ObjectWithArgs)] : [],
      );
    case "OBJECT_TRIGGER":
      return objects.map(partOfRelation("trigger"));
    case "OBJECT_RULE":
      return objects.map(partOfRelation("rule"));
    case "OBJECT_POLICY":
      return objects.map(partOfRelation("policy"));
    case "OBJECT_SCHEMA":
      return objects.map((object) =>
        named("pg_namespace", sql`to_regnamespace`, pathText(nameParts(object))),
      );
    default:
      return [];
  }
}

/**
 * By PostgreSQL's own way of finding a name, which locks nothing and gives NULL where there is
 * nothing of it.
 */
function named(catalog: "pg_class" | "pg_type" | "pg_proc" | "pg_namespace", find: Sql, name: Sql): Sql {
  return sql`SELECT * FROM (SELECT ${classOf(catalog)} AS classid, pg_catalog.${find}(${literal(name.text)})::oid AS objid, 0 AS objsubid) AS found WHERE objid IS NOT NULL`;
}

function functionAddress({ objname = [], objargs = [], args_unspecified }: ObjectWithArgs): Sql {
  const name = pathText(objname.flatMap(nameParts));
  if (args_unspecified) return named("pg_proc", sql`to_regproc`, name);
  const types = objargs.flatMap((node) => ("TypeName" in node ? [typeText(node.TypeName)] : []));
  return named("pg_proc", sql`to_regprocedure`, sql`${name}(${list(types)})`);
}

type Part = "column" | "constraint" | "trigger" | "rule" | "policy";

/** Where the parts of a relation are, by its oid and their names. */
const PARTS = {
  column: { catalog: "pg_attribute", relation: "attrelid", name: "attname" },
  constraint: { catalog: "pg_constraint", relation: "conrelid", name: "conname" },
  trigger: { catalog: "pg_trigger", relation: "tgrelid", name: "tgname" },
  rule: { catalog: "pg_rewrite", relation: "ev_class", name: "rulename" },
  policy: { catalog: "pg_policy", relation: "polrelid", name: "polname" },
} as const;

function partOfRelation(part: Part): (object: Node) => Sql {
  return (object) => {
    const path = nameParts(object);
    return partOf(part, pathText(path.slice(0, -1)), path.at(-1) ?? "");
  };
}

function partOf(part: Part, table: Sql, name: string): Sql {
  const { catalog, relation, name: column } = PARTS[part];
  const address =
    part === "column"
      ? sql`${classOf("pg_class")} AS classid, attrelid AS objid, attnum::int AS objsubid`
      : sql`${classOf(catalog)} AS classid, oid AS objid, 0 AS objsubid`;
  return sql`SELECT ${address} FROM ${identifier("pg_catalog", catalog)} WHERE ${identifier(relation)} = pg_catalog.to_regclass(${literal(table.text)}) AND ${identifier(column)} = ${literal(name)}`;
}

function classOf(catalog: string): Sql {
  return sql`${literal(identifier("pg_catalog", catalog).text)}::pg_catalog.regclass::oid`;
}

function pathText(path: readonly string[]): Sql {
  const [first = "", ...rest] = path;
  return identifier(first, ...rest);
}
