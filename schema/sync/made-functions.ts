import { LEDGER_SCHEMA } from "../sql/names.ts";
import { dollarQuoted, identifier, literal, sql, type Sql } from "../sql/sql.ts";

/**
 * Raises an error where a function of a schema is not in the catalog what the rules for sync.sql
 * demand, such as after an event trigger has changed it.
 */
export function refuseOtherFunctions(schema: string): Sql {
  return raiseFor(
    "the functions of sync.sql must be IMMUTABLE and SECURITY INVOKER, in SQL or PL/pgSQL, and in the catalog %. Look for an event trigger that changes functions",
    sql`SELECT p.proname || ' is ' || pg_catalog.concat_ws(', ', CASE p.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' END, CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END, CASE WHEN l.lanname NOT IN ('sql', 'plpgsql') THEN 'in ' || l.lanname END)
      FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
      WHERE n.nspname = ${literal(schema)} AND (p.provolatile <> 'i' OR p.prosecdef OR l.lanname NOT IN ('sql', 'plpgsql')) ORDER BY p.proname LIMIT 1`,
  );
}

/**
 * Raises an error where a function of a schema is not as it was recorded when it was made. The
 * search path must be empty.
 */
export function refuseReplacedFunctions(schema: string): Sql {
  return raiseFor(
    "a function of sync.sql was replaced or dropped while it expanded: %. Both forms would be made by different functions; repeat the stage",
    sql`SELECT d.name FROM ${identifier(LEDGER_SCHEMA, "definition")} AS d
      WHERE d.kind = 'function' AND d.within = ${literal(schema)} AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = d.within AND p.prokind = 'f' AND p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' = d.name AND pg_catalog.pg_get_functiondef(p.oid) = d.text)
      ORDER BY d.name LIMIT 1`,
  );
}

/**
 * Raises an error with the one text that a query finds, in the place of `%`; goes on
 * where it finds none.
 */
function raiseFor(message: string, query: Sql): Sql {
  const format = literal(message);
  return sql`DO ${dollarQuoted(sql`DECLARE found text; BEGIN found := (${query}); IF found IS NOT NULL THEN RAISE EXCEPTION ${format}, found; END IF; END`)}`;
}
