import type { AlterTableCmd, Constraint, IndexStmt } from "libpg-query";
import type { Migration } from "../migration/migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { listed, plainColumns } from "../sql/parse-tree.ts";
import { placeOf, sourceWords } from "../sql/tokens.ts";
import { every, identifier, list, sql, verbatim, type Sql } from "../sql/sql.ts";

/** What a statement of contract.sql demands of the rows that are there already. */
export interface Demand {
  /** For people: `CHECK (zip > 0)`. */
  readonly label: string;
  /** Without its schema, for people. */
  readonly table: string;
  /** What `broken` finds: rows that break it, or values that are in more than one row. */
  readonly finds: "rows" | "values";
  /** All that break it. For people too, so that they need not look for them. */
  readonly broken: Sql;
}

/**
 * What contract.sql demands of rows, in its order: NOT NULL, CHECK, UNIQUE, PRIMARY KEY, FOREIGN
 * KEY to columns that it names, unique indexes of columns. Left out is what only PostgreSQL itself
 * can tell: exclusion constraints, indexes of expressions, and all that comes after a statement
 * that writes rows.
 */
export function contractDemands(
  { contract }: Pick<Migration, "contract">,
  schema: string,
): readonly Demand[] {
  const writing = contract.findIndex(({ tree }) => WRITES.some((kind) => kind in tree));
  const before = writing < 0 ? contract : contract.slice(0, writing);
  const validated = before.flatMap(({ effect }) =>
    effect.kind !== "alter-table"
      ? []
      : effect.actions.flatMap((action) =>
          action.kind === "validate-constraint" ? [action.constraint] : [],
        ),
  );
  return before.flatMap((statement) => demandsOf({ statement, schema, validated }));
}

/** Of the rows that are there when contract begins, these may mend or break anything. */
const WRITES = [
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "TruncateStmt",
  "CopyStmt",
  "SelectStmt",
  "DoStmt",
  "CallStmt",
];

interface Given {
  readonly statement: ParsedStatement;
  /** Where names without a schema are. */
  readonly schema: string;
  /** Constraints that contract.sql validates by name. */
  readonly validated: readonly string[];
}

/** A statement and the table that it is about. */
interface Subject extends Given {
  /** Its name as the statement has it, and where it is. */
  readonly table: string;
  readonly place: Sql;
}

function demandsOf(given: Given): readonly Demand[] {
  const { effect, tree } = given.statement;
  if (effect.kind !== "alter-table" && effect.kind !== "create-index") return [];
  const { table } = effect;
  const place = identifier(table.schema ?? given.schema, table.name);
  const subject = { ...given, table: table.name, place };
  if ("IndexStmt" in tree) return ofIndex(subject, tree.IndexStmt);
  if (!("AlterTableStmt" in tree)) return [];
  return (tree.AlterTableStmt.cmds ?? []).flatMap((node) =>
    "AlterTableCmd" in node ? ofCommand(subject, node.AlterTableCmd) : [],
  );
}

function ofCommand(subject: Subject, { subtype, name, def }: AlterTableCmd): readonly Demand[] {
  if (subtype === "AT_SetNotNull" && name !== undefined) return [notNull(subject, name)];
  if (subtype !== "AT_AddConstraint" || def === undefined || !("Constraint" in def)) return [];
  const constraint = def.Constraint;
  // It lets be what is there, unless it is validated too; so does one that is NOT ENFORCED.
  const letsBe = constraint.skip_validation && !subject.validated.includes(constraint.conname ?? "");
  if (letsBe) return [];
  const keys = listed(constraint.keys);
  switch (constraint.contype) {
    case "CONSTR_NOTNULL":
      return keys.map((key) => notNull(subject, key));
    case "CONSTR_CHECK":
      return [check(subject, constraint)];
    case "CONSTR_UNIQUE":
      return unique(subject, keys, constraint.nulls_not_distinct ?? false);
    case "CONSTR_PRIMARY":
      return [...keys.map((key) => notNull(subject, key)), ...unique(subject, keys, false)];
    case "CONSTR_FOREIGN":
      return foreign(subject, constraint);
    case undefined:
    default:
      return [];
  }
}

function notNull({ table, place }: Subject, column: string): Demand {
  return {
    label: `NOT NULL of ${column}`,
    table,
    finds: "rows",
    broken: sql`SELECT * FROM ${place} WHERE ${identifier(column)} IS NULL`,
  };
}

/** A check that is unknown holds. */
function check({ statement, table, place }: Subject, constraint: Constraint): Demand {
  const condition = checkedBy(constraint, statement);
  return {
    label: `CHECK (${condition.text})`,
    table,
    finds: "rows",
    broken: sql`SELECT * FROM ${place} WHERE NOT (${condition})`,
  };
}

function unique(
  { table, place }: Subject,
  columns: readonly string[],
  nullsAreEqual: boolean,
  where: Sql | null = null,
): readonly Demand[] {
  // A constraint that takes an index over has that index's.
  if (columns.length === 0) return [];
  const parts = columns.map((column) => identifier(column));
  const given = nullsAreEqual ? [] : parts.map((part) => sql`${part} IS NOT NULL`);
  const conditions = every([...(where === null ? [] : [where]), ...given]);
  return [
    {
      label: `UNIQUE (${columns.join(", ")})${where === null ? "" : ` WHERE ${where.text}`}`,
      table,
      finds: "values",
      broken: sql`SELECT ${list(parts)}, count(*) FROM ${place} WHERE ${conditions} GROUP BY ${list(parts)} HAVING count(*) > 1`,
    },
  ];
}

function ofIndex(subject: Subject, index: IndexStmt): readonly Demand[] {
  const columns = plainColumns(index);
  if (!index.unique || columns.length !== (index.indexParams ?? []).length) return [];
  const where = index.whereClause === undefined ? null : whereOf(subject.statement);
  return unique(subject, columns, index.nulls_not_distinct ?? false, where);
}

/** Where it names no columns of the other table, only the catalog knows them. */
function foreign({ schema, table, place }: Subject, constraint: Constraint): readonly Demand[] {
  const columns = listed(constraint.fk_attrs);
  const targets = listed(constraint.pk_attrs);
  const other = constraint.pktable;
  if (other?.relname === undefined || targets.length === 0 || targets.length !== columns.length) return [];
  const pairs = columns.map((column, at) => ({
    own: sql`a.${identifier(column)}`,
    target: sql`b.${identifier(targets[at] ?? "")}`,
  }));
  const isGiven = every(pairs.map(({ own }) => sql`${own} IS NOT NULL`));
  const isThere = every(pairs.map(({ own, target }) => sql`${target} = ${own}`));
  return [
    {
      label: `FOREIGN KEY (${columns.join(", ")}) REFERENCES ${other.relname} (${targets.join(", ")})`,
      table,
      finds: "rows",
      broken: sql`SELECT a.* FROM ${place} AS a WHERE ${isGiven} AND NOT EXISTS (SELECT FROM ${identifier(other.schemaname ?? schema, other.relname)} AS b WHERE ${isThere})`,
    },
  ];
}

/** What stands in the parentheses of a check, as its author wrote it. */
function checkedBy({ location }: Constraint, statement: ParsedStatement): Sql {
  const words = sourceWords(statement, location);
  const open = placeOf(words, "CHECK") + 1;
  let depth = 0;
  const close = words.tokens.findIndex(({ text }, place) => {
    if (place < open) return false;
    if (text === "(") depth++;
    else if (text === ")") depth--;
    return depth === 0;
  });
  return verbatim(words.between(words.tokens[open]?.end ?? 0, words.tokens[close]?.start).trim());
}

/** The condition at the end of a statement, as its author wrote it. */
function whereOf(statement: ParsedStatement): Sql {
  const words = sourceWords(statement);
  return verbatim(words.between(words.tokens[placeOf(words, "WHERE")]?.end ?? 0).trim());
}
