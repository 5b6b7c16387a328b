import type { Protection } from "../../../schema/protection/protection.ts";
import { sql } from "../../../schema/sql/sql.ts";
import type { Runner } from "../runner.ts";

/** Reads what protects or follows the columns of `tables`, in one query. */
export async function readProtection(
  { worker, settings }: Pick<Runner, "worker" | "settings">,
  tables: readonly string[],
): Promise<Protection> {
  const values = [settings.schema, tables, settings.owner];
  const [row] = await worker.rows<{ protection: Protection }>(PROTECTION, values);
  if (row === undefined) throw new Error("Cannot read the catalog as it returned no row");
  return row.protection;
}

/** Entries of an access control list, without those of the role that owns the object. */
const GRANTS = sql`coalesce(jsonb_agg(jsonb_build_object('grantee', coalesce(pg_catalog.pg_get_userbyid(nullif(e.grantee, 0)), 'public'),
  'privilege', lower(e.privilege_type), 'grantable', e.is_grantable) ORDER BY e.grantee, e.privilege_type), '[]')`;

const POLICY = sql`jsonb_build_object('name', p.polname, 'table', t.relname, 'permissive', p.polpermissive,
  'commands', CASE p.polcmd WHEN 'r' THEN '["select"]'::jsonb WHEN 'a' THEN '["insert"]' WHEN 'w' THEN '["update"]' WHEN 'd' THEN '["delete"]' ELSE '["select", "insert", "update", "delete"]' END,
  'roles', (SELECT jsonb_agg(coalesce(pg_catalog.pg_get_userbyid(nullif(r, 0)), 'public')) FROM unnest(p.polroles) AS r),
  'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
  'asks', (SELECT coalesce(jsonb_agg(DISTINCT k.relname), '[]') FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS k ON k.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND k.oid <> p.polrelid),
  'isOpen', coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true') = 'true' AND coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true')`;

// $1 application's schema, $2 table names, $3 the tables' owner. Columns of publications came with
// PostgreSQL 15, so they are read from the row as a whole.
const PROTECTION = sql`
WITH ours AS (
  SELECT c.* FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname = ANY ($2)
), table_entries AS (
  SELECT c.oid, e.* FROM ours AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS e WHERE e.grantee <> c.relowner
), column_entries AS (
  SELECT a.attrelid, a.attnum, e.* FROM ours AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS e
  WHERE e.grantee <> c.relowner AND NOT a.attisdropped
), default_entries AS (
  SELECT DISTINCT e.* FROM pg_catalog.pg_default_acl AS d JOIN pg_catalog.pg_roles AS o ON o.oid = d.defaclrole
  CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS e
  WHERE o.rolname = $3 AND d.defaclobjtype = 'r' AND e.grantee <> o.oid
  AND d.defaclnamespace IN (0, (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1))
), grantees AS (
  SELECT grantee FROM table_entries UNION SELECT grantee FROM column_entries UNION SELECT grantee FROM default_entries
), sent AS (
  SELECT p.oid, p.pubname, p.puballtables, c.oid AS relid, r.oid AS member, to_jsonb(r) -> 'prattrs' AS listed
  FROM pg_catalog.pg_publication_tables AS s JOIN pg_catalog.pg_publication AS p ON p.pubname = s.pubname
  JOIN pg_catalog.pg_class AS c ON c.relname = s.tablename JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = s.schemaname
  LEFT JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid AND (r.prrelid = c.oid OR r.prrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))
  WHERE s.schemaname = $1
)
SELECT jsonb_build_object(
  'tables', (SELECT coalesce(jsonb_object_agg(c.relname, jsonb_build_object(
    'rowSecurity', c.relrowsecurity, 'replicaIdentity', c.relreplident,
    'policies', (SELECT coalesce(jsonb_agg(${POLICY} ORDER BY p.polname), '[]') FROM pg_catalog.pg_policy AS p CROSS JOIN LATERAL (SELECT c.relname) AS t WHERE p.polrelid = c.oid),
    'grants', (SELECT ${GRANTS} FROM table_entries AS e WHERE e.oid = c.oid),
    'publications', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.pubname,
        'of', CASE WHEN s.puballtables THEN 'all' WHEN s.member IS NULL THEN 'schema' ELSE 'table' END, 'listsColumns', coalesce(jsonb_typeof(s.listed) <> 'null', false),
        'columns', (SELECT coalesce(jsonb_agg(DISTINCT a.attname), '[]') FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_attribute AS a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
          WHERE d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass AND d.objid = s.member AND d.refobjsubid > 0)) ORDER BY s.pubname), '[]') FROM sent AS s WHERE s.relid = c.oid),
    'subscriptions', (SELECT coalesce(jsonb_agg(s.subname ORDER BY s.subname), '[]') FROM pg_catalog.pg_subscription_rel AS r JOIN pg_catalog.pg_subscription AS s ON s.oid = r.srsubid WHERE r.srrelid = c.oid),
    'columns', columns.columns)), '{}') FROM ours AS c CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(a.attname, jsonb_build_object(
        'grants', (SELECT ${GRANTS} FROM column_entries AS e WHERE (e.attrelid, e.attnum) = (a.attrelid, a.attnum)),
        'labels', (SELECT coalesce(jsonb_agg(jsonb_build_object('provider', l.provider, 'label', l.label) ORDER BY l.provider), '[]') FROM pg_catalog.pg_seclabel AS l
          WHERE l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND (l.objoid, l.objsubid) = (a.attrelid, a.attnum)),
        'policies', (SELECT coalesce(jsonb_agg(${POLICY} ORDER BY t.relname, p.polname), '[]') FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS t ON t.oid = p.polrelid AND t.relrowsecurity
          WHERE EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND (d.refobjid, d.refobjsubid) = (a.attrelid, a.attnum))),
        'comment', pg_catalog.col_description(a.attrelid, a.attnum),
        'settings', to_jsonb(array_remove(ARRAY[
          CASE WHEN a.attstattarget >= 0 THEN 'SET STATISTICS ' || a.attstattarget END,
          CASE WHEN a.attoptions IS NOT NULL THEN 'SET (' || pg_catalog.array_to_string(a.attoptions, ', ') || ')' END,
          CASE WHEN a.attstorage <> y.typstorage THEN 'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
          CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4' END], NULL)),
        'statistics', (SELECT coalesce(jsonb_agg(pg_catalog.pg_get_statisticsobjdef(x.oid) ORDER BY x.stxname), '[]') FROM pg_catalog.pg_statistic_ext AS x WHERE x.stxrelid = a.attrelid
          AND (a.attnum = ANY (x.stxkeys::smallint[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objid = x.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND (d.refobjid, d.refobjsubid) = (a.attrelid, a.attnum)))))), '{}') AS columns
      FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns),
  'defaultGrants', (SELECT ${GRANTS} FROM default_entries AS e),
  'memberships', (SELECT coalesce(jsonb_object_agg(pg_catalog.pg_get_userbyid(g.grantee), (SELECT coalesce(jsonb_agg(pg_catalog.pg_get_userbyid(o.grantee)), '[]') FROM grantees AS o
      WHERE o.grantee <> g.grantee AND o.grantee <> 0 AND pg_catalog.pg_has_role(g.grantee, o.grantee, 'USAGE')))
    , '{}') FROM grantees AS g WHERE g.grantee <> 0),
  'publicationsOfAll', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('name', p.pubname, 'of', CASE WHEN p.puballtables THEN 'all' ELSE 'schema' END, 'listsColumns', false, 'columns', '[]'::jsonb)), '[]')
    FROM pg_catalog.pg_publication AS p WHERE p.puballtables OR p.oid IN (SELECT oid FROM sent WHERE member IS NULL)),
  'slots', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', slot_name, 'plugin', plugin) ORDER BY slot_name), '[]')
    FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND database = pg_catalog.current_database())
) AS protection`;
