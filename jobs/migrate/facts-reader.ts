import type { Facts } from "../../schema/facts.ts";
import { LEDGER_SCHEMA } from "../../schema/names.ts";
import { sql } from "../../schema/sql.ts";
import type { Session } from "./session.ts";

/** Reads what the catalog says now, in one query; details of `tables` only. */
export async function readFacts(session: Session, schema: string, tables: readonly string[]): Promise<Facts> {
  const [row] = await session.rows<{ facts: Facts }>(FACTS, [schema, tables, LEDGER_SCHEMA]);
  if (row === undefined) throw new Error("Cannot read the catalog as it returned no row");
  return row.facts;
}

// $1 application's schema, $2 table names, $3 ledger's schema
const FACTS = sql`
WITH columns AS (
  SELECT a.attrelid, jsonb_object_agg(a.attname, jsonb_build_object(
    'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull, 'generated', a.attgenerated <> '',
    'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid))) AS columns
  FROM pg_catalog.pg_attribute AS a LEFT JOIN pg_catalog.pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
  WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
), indexes AS (
  SELECT i.indrelid, jsonb_object_agg(c.relname, jsonb_build_object('valid', i.indisvalid)) AS indexes,
    jsonb_agg(k.names) FILTER (WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND k.complete) AS keys,
    jsonb_agg(k.names) FILTER (WHERE i.indisprimary) -> 0 AS primary_key
  FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  CROSS JOIN LATERAL (
    SELECT jsonb_agg(a.attname ORDER BY p.place) AS names, bool_and(a.attnotnull) AS complete
    FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS p(number, place)
    JOIN pg_catalog.pg_attribute AS a ON (a.attrelid, a.attnum) = (i.indrelid, p.number) WHERE p.place <= i.indnkeyatts) AS k
  GROUP BY i.indrelid
), constraints AS (
  SELECT conrelid, jsonb_object_agg(conname, jsonb_build_object('validated', convalidated)) AS constraints
  FROM pg_catalog.pg_constraint WHERE conrelid <> 0 AND contype <> 'n' GROUP BY conrelid
), triggers AS (
  SELECT tgrelid, jsonb_agg(tgname ORDER BY tgname) AS triggers FROM pg_catalog.pg_trigger WHERE NOT tgisinternal GROUP BY tgrelid
)
SELECT jsonb_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::int,
  'tables', (SELECT coalesce(jsonb_object_agg(c.relname, jsonb_build_object(
      'kind', c.relkind, 'owned', pg_catalog.pg_has_role(c.relowner, 'USAGE'), 'ownerName', pg_catalog.pg_get_userbyid(c.relowner),
      'forcedRowSecurity', c.relforcerowsecurity, 'estimatedRows', c.reltuples,
      'columns', coalesce(columns.columns, '{}'), 'keys', coalesce(indexes.keys, '[]'), 'primaryKey', coalesce(indexes.primary_key, '[]'),
      'indexes', coalesce(indexes.indexes, '{}'), 'constraints', coalesce(constraints.constraints, '{}'), 'triggers', coalesce(triggers.triggers, '[]'))), '{}')
    FROM pg_catalog.pg_class AS c
    LEFT JOIN columns ON columns.attrelid = c.oid LEFT JOIN indexes ON indexes.indrelid = c.oid
    LEFT JOIN constraints ON constraints.conrelid = c.oid LEFT JOIN triggers ON triggers.tgrelid = c.oid
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1) AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')),
  'tableNames', (SELECT coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]') FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')),
  'schemas', (SELECT coalesce(jsonb_agg(nspname ORDER BY nspname), '[]') FROM pg_catalog.pg_namespace WHERE nspname = $3 OR pg_catalog.starts_with(nspname, $3 || '_')),
  'functions', (SELECT coalesce(jsonb_object_agg(n.nspname || '.' || p.proname, p.prosrc), '{}') FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = $3 OR pg_catalog.starts_with(n.nspname, $3 || '_')),
  'ledgerTables', (SELECT coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]') FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $3 AND c.relkind = 'r')
) AS facts`;
