import { parsePlPgSQLSync, parseSync, type CreateFunctionStmt } from "libpg-query";
import type { Migration } from "../migration/migration.ts";
import { syncSchema } from "../sql/names.ts";
import { nodesUnder } from "../sql/parse-tree.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { identifier, sql, type Sql } from "../sql/sql.ts";

/** What a function's body does besides making values of its arguments. */
export interface FunctionBody {
  /** Tables and views that it names. */
  readonly tables: readonly string[];
  /** Whether it inserts, updates, deletes or defines anything. */
  readonly writes: boolean;
  /** Whether it runs SQL that it puts together itself. */
  readonly dynamic: boolean;
}

/** Reads a function in SQL, in either form of body, or in PL/pgSQL. */
export function functionBody(
  created: CreateFunctionStmt,
  statement: ParsedStatement,
  language: string,
): FunctionBody | { readonly unreadable: string } {
  try {
    if (created.sql_body !== undefined) return bodyOf([created.sql_body], false);
    if (language === "plpgsql") return plpgsqlBody(statement);
    const as = nodesUnder("DefElem", created.options ?? []).find((one) => one["defname"] === "as");
    const text = nodesUnder("String", as).map((one) => String(one["sval"]));
    return bodyOf([parseSync(text.join("\n"))], false);
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * As the parser numbers them: a whole statement, an expression, and an assignment to a variable, to
 * its field or to an element.
 */
const WHOLE_STATEMENT = 0;
const EXPRESSION = 2;

function plpgsqlBody({ sql }: ParsedStatement): FunctionBody {
  const parsed: unknown = parsePlPgSQLSync(sql.text);
  const texts = nodesUnder("PLpgSQL_expr", parsed).map((one) => {
    const query = String(one["query"]);
    const mode = Number(one["parseMode"] ?? WHOLE_STATEMENT);
    if (mode === WHOLE_STATEMENT) return query;
    return `SELECT ${mode === EXPRESSION ? query : query.replace(/^[^]*?:?=/, "")}`;
  });
  const dynamic = ["PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"].some(
    (kind) => nodesUnder(kind, parsed).length > 0,
  );
  const isDynamicReturn = nodesUnder("PLpgSQL_stmt_return_query", parsed).some((one) => "dynquery" in one);
  const isDynamicCursor = nodesUnder("PLpgSQL_stmt_open", parsed).some((one) => "dynquery" in one);
  return bodyOf(
    texts.map((text) => parseSync(text)),
    dynamic || isDynamicReturn || isDynamicCursor,
  );
}

/** Whatever is no query, or part of one, changes something. */
function bodyOf(trees: readonly unknown[], dynamic: boolean): FunctionBody {
  const named = trees.flatMap((tree) => {
    const queries = nodesUnder("CommonTableExpr", tree).map((one) => one["ctename"]);
    return nodesUnder("RangeVar", tree)
      .filter((one) => "schemaname" in one || !queries.includes(one["relname"]))
      .map((one) => String(one["relname"]));
  });
  return { tables: named, writes: trees.some(isWriting), dynamic };
}

function isWriting(tree: unknown): boolean {
  return statementKinds(tree).some((kind) => !["SelectStmt", "ReturnStmt"].includes(kind));
}

function statementKinds(tree: unknown): readonly string[] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) => [
    ...(/^[A-Z]\w*Stmt$/.test(key) ? [key] : []),
    ...statementKinds(value),
  ]);
}

/**
 * Names in a body that is a text are looked up when it runs, along the path of whoever calls it;
 * those in SQL's own form are found when it is created.
 */
export function fixedPaths(migration: Migration, schema: string): readonly Sql[] {
  const own = syncSchema(migration.id);
  return migration.sync.flatMap(({ tree, effect }) =>
    effect.kind === "create-function" &&
    "CreateFunctionStmt" in tree &&
    tree.CreateFunctionStmt.sql_body === undefined
      ? [
          sql`ALTER FUNCTION ${identifier(own, effect.name)} SET search_path = pg_catalog, ${identifier(own)}, ${identifier(schema)}, pg_temp`,
        ]
      : [],
  );
}
