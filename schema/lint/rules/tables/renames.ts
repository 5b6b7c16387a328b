import type { ObjectType } from "libpg-query";
import { listed, nameOf } from "../../../sql/parse-tree.ts";
import { lock, onStatement, type Rule } from "../../rule.ts";
import { madeName, name } from "../../sql-text.ts";

/** What the application knows by its name; indexes and constraints it does not. */
const NAMED_BY_APPLICATION: Partial<Record<ObjectType, string>> = {
  OBJECT_TABLE: "table",
  OBJECT_COLUMN: "column",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_SCHEMA: "schema",
  OBJECT_TYPE: "type",
  OBJECT_ATTRIBUTE: "attribute",
  OBJECT_DOMAIN: "domain",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_FOREIGN_TABLE: "foreign table",
  OBJECT_DATABASE: "database",
  OBJECT_ROLE: "role",
};

export const renameRules: readonly Rule[] = [
  onStatement("RenameStmt", "rename", ({ renameType, relation, subname = "", newname = "" }) => {
    const table = nameOf(relation);
    const isOfTable = relation !== undefined && renameType !== "OBJECT_INDEX";
    const locks = isOfTable ? lock(table, "ACCESS EXCLUSIVE") : [];
    const what = renameType === undefined ? undefined : NAMED_BY_APPLICATION[renameType];
    if (what === undefined) return { locks };
    return {
      locks,
      problem: {
        consequence: "breaks-the-running-version",
        table: table === "" ? null : table,
        why: `from one moment to the next the ${what} is not there for the version that knows it as ${subname || table || "before"}`,
        instead: renamed(renameType, table, subname, newname),
      },
    };
  }),
  onStatement("AlterObjectSchemaStmt", "move-to-schema", ({ relation, object }) => {
    const table = nameOf(relation) || listed(object === undefined ? [] : [object]).join(".");
    return {
      locks: relation === undefined ? [] : lock(table, "ACCESS EXCLUSIVE"),
      problem: {
        consequence: "breaks-the-running-version",
        table,
        why: `from one moment to the next ${table} is not there for the version that serves`,
        instead: null,
      },
    };
  }),
  onStatement("AlterOwnerStmt", "change-owner", () => ({
    problem: {
      consequence: "escapes-the-release",
      table: null,
      why: "the release decides who owns what: see database.owner",
      instead: null,
    },
  })),
];

function renamed(type: ObjectType | undefined, table: string, column: string, wanted: string): string | null {
  if (type === "OBJECT_COLUMN") {
    return [
      "-- expand.sql",
      `ALTER TABLE ${name(table)} ADD COLUMN ${name(wanted)} …; -- the type of ${column}`,
      "-- migration.yaml",
      "mappings:",
      `  - { table: ${table}, key: id, old: ${column}, new: { ${wanted}: optional }, toNew: same_${wanted}, toOld: same_${column} }`,
      "-- contract.sql",
      `ALTER TABLE ${name(table)} DROP COLUMN ${name(column)};`,
    ].join("\n");
  }
  if (type !== "OBJECT_TABLE") return null;
  return `-- expand.sql; both versions read and write through it\nCREATE VIEW ${name(wanted)} AS SELECT * FROM ${name(table)};\n-- undo.sql\nDROP VIEW IF EXISTS ${madeName(wanted)};`;
}
