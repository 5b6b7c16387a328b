import { LEDGER_SCHEMA, TRIGGER_PREFIX } from "../sql/names.ts";
import { identifier, list, literal, literals, sql, type Sql } from "../sql/sql.ts";

/**
 * Something that the forms of a migration rely on: as the ledger recorded it when it was made, and
 * as PostgreSQL prints it now.
 */
export interface DefinitionFacts {
  readonly kind: "trigger" | "function" | "column";
  /** The table of a trigger or a column, the schema of a function. */
  readonly within: string;
  /** Of a function with the types of its arguments. */
  readonly name: string;
  /** Of a trigger or a function the statement that makes it. */
  readonly recorded: string;
  /** Null where it does not exist any more. */
  readonly now: string | null;
}

/** The names of what keeps the forms of some tables in step. */
export interface Watched {
  /** Tables whose triggers of ours are watched. */
  readonly triggers: readonly string[];
  /** Tables whose columns are watched. */
  readonly columns: readonly string[];
  /** Functions without arguments, in the ledger's schema. */
  readonly functions: readonly string[];
  /** Schemas of which every function is watched. */
  readonly schemas: readonly string[];
}

/** All functions of a schema. */
export function functionsIn(schema: string): Watched {
  return { triggers: [], columns: [], functions: [], schemas: [schema] };
}

/** Whether a definition is one of those. */
export function isWatched(watched: Watched, { kind, within, name }: DefinitionFacts): boolean {
  if (kind === "trigger") return watched.triggers.includes(within);
  if (kind === "column") return watched.columns.includes(within);
  return (
    watched.schemas.includes(within) ||
    (within === LEDGER_SCHEMA && watched.functions.some((one) => name === `${one}()`))
  );
}

const RECORDED = identifier(LEDGER_SCHEMA, "definition");

/**
 * Records in the ledger what is watched as it is now, and forgets what is gone.
 * @param before statements that look at definitions as they were recorded until then
 */
export function recordDefinitions(
  schema: string,
  watched: Watched,
  before: readonly Sql[] = [],
): readonly Sql[] {
  const found = currentDefinitions(literal(schema), RECORDED_PLACES);
  const tables = literals([...new Set([...watched.triggers, ...watched.columns])]);
  const now = currentDefinitions(literal(schema), sql`SELECT unnest(${tables})`);
  const functions = watched.functions.map((name) => `${name}()`);
  const isWatched = sql`(kind = 'trigger' AND within = ANY (${literals(watched.triggers)})) OR (kind = 'column' AND within = ANY (${literals(watched.columns)}))
    OR (kind = 'function' AND (within = ANY (${literals(watched.schemas)}) OR (within = ${literal(LEDGER_SCHEMA)} AND name = ANY (${literals(functions)}))))`;
  return [
    // PostgreSQL prints names by the search path, so it is empty wherever definitions are compared.
    sql`SELECT pg_catalog.set_config(${KEPT_PATH}, pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true)`,
    ...before,
    sql`DELETE FROM ${RECORDED} AS d WHERE NOT EXISTS (SELECT FROM (${found}) AS now WHERE (now.kind, now.within, now.name) = (d.kind, d.within, d.name))`,
    sql`INSERT INTO ${RECORDED} (kind, within, name, text) SELECT kind, within, name, text FROM (${now}) AS now WHERE ${isWatched} ON CONFLICT (kind, within, name) DO UPDATE SET text = excluded.text`,
    sql`SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting(${KEPT_PATH}), true)`,
  ];
}

const KEPT_PATH = literal(`${LEDGER_SCHEMA}.search_path`);
const RECORDED_PLACES = sql`SELECT within FROM ${RECORDED}`;

/**
 * Each recorded definition beside what it is now; one parameter: the application's schema. The
 * search path must be empty.
 */
export function comparedDefinitions(): Sql {
  return sql`SELECT d.kind, d.within, d.name, d.text AS recorded, now.text AS now FROM ${RECORDED} AS d LEFT JOIN (${currentDefinitions(sql`$1`, RECORDED_PLACES)}) AS now USING (kind, within, name) ORDER BY d.kind DESC, d.within, d.name`;
}

/**
 * Triggers and functions of ours, and columns, as PostgreSQL prints them; `tables` selects the
 * names of those that are looked at.
 */
function currentDefinitions(schema: Sql, tables: Sql): Sql {
  const parts = [
    sql`SELECT 'trigger' AS kind, c.relname::text AS within, t.tgname::text AS name, pg_catalog.pg_get_triggerdef(t.oid) AS text
  FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = ${schema} AND c.relname IN (${tables}) AND NOT t.tgisinternal AND pg_catalog.starts_with(t.tgname, ${literal(TRIGGER_PREFIX)})`,
    sql`SELECT 'function', n.nspname, p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', pg_catalog.pg_get_functiondef(p.oid)
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE p.prokind IN ('f', 'p') AND (n.nspname = ${literal(LEDGER_SCHEMA)} OR pg_catalog.starts_with(n.nspname, ${literal(`${LEDGER_SCHEMA}_`)}))`,
    sql`SELECT 'column', c.relname, a.attname, pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'COLLATE ' || (SELECT pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(l.collname) FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation),
    CASE WHEN a.attgenerated <> '' THEN 'GENERATED' END, CASE WHEN a.attidentity <> '' THEN 'AS IDENTITY' END)
  FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = ${schema} AND c.relname IN (${tables}) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  ];
  return list(parts, "\nUNION ALL ");
}
