import type { TestDatabase } from "./postgres.ts";

/**
 * Everything in the application's and this tool's schemas that a later run could depend on, as
 * text; times and numbers of the ledger aside.
 */
export async function schemaDump(database: TestDatabase): Promise<string> {
  const rows = await database.query<{ line: string }>(DUMP);
  return rows.map((row) => row.line).join("\n");
}

const DUMP = `
WITH ours AS (SELECT oid, nspname, nspacl FROM pg_namespace WHERE nspname = 'public' OR nspname LIKE 'zero\\_downtime%')
SELECT line FROM (
  SELECT 'schema ' || nspname || ' ' || coalesce(nspacl::text, '') AS line FROM ours
  UNION ALL SELECT 'table ' || o.nspname || '.' || c.relname || ' ' || c.relkind::text || ' ' || coalesce(c.relacl::text, '') || ' ' || pg_get_userbyid(c.relowner)
    FROM pg_class c JOIN ours o ON o.oid = c.relnamespace
  UNION ALL SELECT 'column ' || a.attrelid::regclass::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours o ON o.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'constraint ' || n.conrelid::regclass::text || ' ' || n.conname || ' ' || pg_get_constraintdef(n.oid)
    FROM pg_constraint n JOIN ours o ON o.oid = n.connamespace
  UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN ours o ON o.oid = c.relnamespace
  UNION ALL SELECT 'trigger ' || t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN ours o ON o.oid = c.relnamespace WHERE NOT t.tgisinternal
  UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) || ' ' || coalesce(p.proacl::text, '') FROM pg_proc p JOIN ours o ON o.oid = p.pronamespace
) AS lines ORDER BY line`;
