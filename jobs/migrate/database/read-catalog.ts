import { EXACT_TYPES } from "../../../schema/sql/alter-table-action.ts";
import type { Facts } from "../../../schema/state/catalog.ts";
import { BACKFILL_SETTING, LEDGER_SCHEMA } from "../../../schema/sql/names.ts";
import { sql } from "../../../schema/sql/sql.ts";
import type { Session } from "./session.ts";

/** Reads what the catalog says now, in one query; details of `tables` only. */
export async function readFacts(session: Session, schema: string, tables: readonly string[]): Promise<Facts> {
  const [row] = await session.rows<{ facts: Facts }>(FACTS, [
    schema,
    tables,
    LEDGER_SCHEMA,
    EXACT_TYPES,
    BACKFILL_SETTING,
  ]);
  if (row === undefined) throw new Error("Cannot read the catalog as it returned no row");
  return row.facts;
}

/**
 * Names of the columns of a table that an index depends on, also those in expressions and
 * conditions; its key's columns besides.
 */
const INDEX_COLUMNS = sql`(SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey::smallint[])
            OR EXISTS (SELECT FROM pg_catalog.pg_depend AS p WHERE p.classid = 'pg_catalog.pg_class'::regclass AND p.objid = x.oid AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid = c.oid AND p.refobjsubid = a.attnum)))`;

/**
 * By which operators values of each type are compared that the columns of the tables have: those of
 * the default class, of the type itself or of what it is stored as.
 */
const COMPARISONS = sql`
  SELECT base.type, (SELECT jsonb_build_object('schema', s.nspname, 'type', pg_catalog.format_type(CASE WHEN i.typtype = 'p' THEN base.oid ELSE i.oid END, -1))
      FROM pg_catalog.pg_opclass AS k JOIN pg_catalog.pg_type AS i ON i.oid = k.opcintype
      JOIN pg_catalog.pg_amop AS m ON m.amopfamily = k.opcfamily AND m.amoplefttype = k.opcintype AND m.amoprighttype = k.opcintype
      JOIN pg_catalog.pg_operator AS p ON p.oid = m.amopopr JOIN pg_catalog.pg_namespace AS s ON s.oid = p.oprnamespace
      -- Methods and their strategy of =: 403 is btree, 405 hash.
      WHERE k.opcdefault AND (k.opcmethod, m.amopstrategy) IN ((403, 3), (405, 1)) AND (k.opcintype = base.oid OR k.opcintype = base.polymorphic
        OR EXISTS (SELECT FROM pg_catalog.pg_cast WHERE castsource = base.oid AND casttarget = k.opcintype AND castmethod = 'b' AND castcontext = 'i'))
      ORDER BY k.opcintype = base.oid DESC, i.typispreferred DESC, k.opcmethod LIMIT 1) AS comparison
  FROM (
    WITH RECURSIVE over AS (
      SELECT DISTINCT a.atttypid AS type, a.atttypid AS oid FROM ours AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relname = ANY ($2)
      UNION ALL SELECT over.type, d.typbasetype FROM over JOIN pg_catalog.pg_type AS d ON d.oid = over.oid AND d.typtype = 'd')
    SELECT over.type, t.oid, CASE WHEN t.typtype = 'e' THEN 'pg_catalog.anyenum' WHEN t.typtype = 'r' THEN 'pg_catalog.anyrange' WHEN t.typtype = 'm' THEN 'pg_catalog.anymultirange'
        WHEN t.typtype = 'c' THEN 'pg_catalog.record' WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc THEN 'pg_catalog.anyarray' END::pg_catalog.regtype AS polymorphic
    FROM over JOIN pg_catalog.pg_type AS t ON t.oid = over.oid AND t.typtype <> 'd') AS base`;

// $1 application's schema, $2 table names, $3 ledger's schema, $4 names of types whose equal values
// are the same, $5 the backfill's setting
const FACTS = sql`
WITH RECURSIVE limited AS (
  SELECT oid, typname, typarray, CASE WHEN typbasetype = ANY ('{pg_catalog.bit, pg_catalog.varbit, pg_catalog.bit[], pg_catalog.varbit[]}'::pg_catalog.regtype[]) THEN 'pg_catalog.varbit' ELSE 'pg_catalog.bpchar' END
    || CASE WHEN typbasetype::pg_catalog.regtype::text LIKE '%[]' THEN '[]' ELSE '' END AS uncut
  FROM pg_catalog.pg_type WHERE typtype = 'd' AND typtypmod >= 0 AND typbasetype = ANY (
    '{pg_catalog.varchar, pg_catalog.bpchar, pg_catalog.bit, pg_catalog.varbit, pg_catalog.varchar[], pg_catalog.bpchar[], pg_catalog.bit[], pg_catalog.varbit[]}'::pg_catalog.regtype[])
  UNION SELECT t.oid, t.typname, t.typarray, l.uncut || CASE WHEN t.typbasetype = l.typarray THEN '[]' ELSE '' END FROM limited AS l JOIN pg_catalog.pg_type AS t ON t.typtype = 'd' AND t.typbasetype IN (l.oid, l.typarray)
), ours AS (
  SELECT c.* FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
), comparisons AS MATERIALIZED (${COMPARISONS})
SELECT jsonb_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::int,
  'tables', (SELECT coalesce(jsonb_object_agg(c.relname, jsonb_build_object(
      'kind', c.relkind, 'owned', pg_catalog.pg_has_role(c.relowner, 'USAGE'), 'ownerName', pg_catalog.pg_get_userbyid(c.relowner),
      'forcedRowSecurity', c.relforcerowsecurity, 'rowSecurity', c.relrowsecurity, 'estimatedRows', c.reltuples, 'isPartition', c.relispartition,
      'parents', (SELECT coalesce(jsonb_agg(inhparent::pg_catalog.regclass::text ORDER BY inhseqno), '[]') FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid),
      'children', (SELECT coalesce(jsonb_agg(inhrelid::pg_catalog.regclass::text ORDER BY inhrelid), '[]') FROM pg_catalog.pg_inherits WHERE inhparent = c.oid),
      'columns', columns.columns, 'keys', indexes.keys, 'primaryKey', indexes.primary_key, 'replicaIdentity', indexes.replica_identity, 'indexes', indexes.indexes,
      'constraints', constraints.constraints, 'triggers', triggers.triggers, 'triggerStates', triggers.states, 'rowTriggers', triggers.row_triggers,
      -- Kinds of ev_type: 2 update, 3 insert, 4 delete.
      'redirections', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', rulename, 'event', CASE ev_type WHEN '2' THEN 'update' WHEN '3' THEN 'insert' ELSE 'delete' END) ORDER BY rulename), '[]')
        FROM pg_catalog.pg_rewrite WHERE ev_class = c.oid AND is_instead AND ev_type <> '1' AND ev_enabled <> 'D'))), '{}')
    FROM ours AS c
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(a.attname, jsonb_build_object(
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'typeSchema', (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = t.typnamespace),
        'comparison', (SELECT comparison FROM comparisons WHERE type = a.atttypid),
        'exact', (t.typname = ANY ($4) OR t.typtype = 'e') AND coalesce(l.collisdeterministic, true),
        'isText', t.typname IN ('text', 'varchar') AND a.atttypmod = -1,
        'notNull', a.attnotnull, 'generated', a.attgenerated <> '', 'identity', a.attidentity <> '', 'inherited', a.attinhcount > 0, 'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
        'typeDefault', coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN (SELECT pg_catalog.quote_ident(s.nspname) FROM pg_catalog.pg_namespace AS s WHERE s.oid = l.collnamespace) || '.' || pg_catalog.quote_ident(l.collname) END)), '{}') AS columns
      FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
      LEFT JOIN pg_catalog.pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(x.relname, jsonb_build_object('valid', i.indisvalid, 'unique', i.indisunique, 'definition', pg_catalog.pg_get_indexdef(x.oid), 'columns', ${INDEX_COLUMNS},
          'owned', EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.conindid = x.oid AND o.contype IN ('p', 'u', 'x')))), '{}') AS indexes,
        coalesce(jsonb_agg(k.names) FILTER (WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND k.complete), '[]') AS keys,
        coalesce(jsonb_agg(k.names) FILTER (WHERE i.indisprimary) -> 0, '[]') AS primary_key,
        coalesce(jsonb_agg(k.names) FILTER (WHERE i.indisreplident) -> 0, '[]') AS replica_identity
      FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
      CROSS JOIN LATERAL (
        SELECT jsonb_agg(a.attname ORDER BY p.place) AS names, bool_and(a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.conrelid = a.attrelid AND o.contype = 'n' AND NOT o.convalidated AND o.conkey = ARRAY[a.attnum])) AS complete
        FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS p(number, place)
        JOIN pg_catalog.pg_attribute AS a ON (a.attrelid, a.attnum) = (i.indrelid, p.number) WHERE p.place <= i.indnkeyatts) AS k
      WHERE i.indrelid = c.oid) AS indexes
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(conname, jsonb_build_object('validated', convalidated, 'type', contype, 'definition', pg_catalog.pg_get_constraintdef(o.oid),
        'columns', (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (o.conkey)))), '{}') AS constraints
      FROM pg_catalog.pg_constraint AS o WHERE conrelid = c.oid AND contype <> 'n') AS constraints
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_agg(tgname ORDER BY tgname), '[]') AS triggers, coalesce(jsonb_object_agg(tgname, tgenabled), '{}') AS states,
        -- Bits of tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 16 update.
        coalesce(jsonb_agg(jsonb_build_object('name', tgname, 'timing', CASE WHEN tgtype & 2 > 0 THEN 'before' ELSE 'after' END,
          'events', array_remove(ARRAY[CASE WHEN tgtype & 4 > 0 THEN 'insert' END, CASE WHEN tgtype & 16 > 0 THEN 'update' END, CASE WHEN tgtype & 8 > 0 THEN 'delete' END], NULL),
          'columns', (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (tgattr::smallint[])))
          ORDER BY tgname) FILTER (WHERE tgtype & 1 > 0 AND tgenabled <> 'D'), '[]') AS row_triggers
      FROM pg_catalog.pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers
    WHERE c.relname = ANY ($2)),
  'creators', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'logins', (
      SELECT coalesce(jsonb_agg(l.rolname ORDER BY l.rolname), '[]') FROM pg_catalog.pg_roles AS l
      WHERE l.rolcanlogin AND NOT l.rolsuper AND NOT pg_catalog.pg_has_role(l.oid, current_user, 'MEMBER') AND pg_catalog.pg_has_role(l.oid, r.oid, 'MEMBER'))) ORDER BY r.rolname NULLS FIRST), '[]')
    FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE n.nspname = $1 AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner AND (a.grantee = 0 OR NOT (r.rolsuper OR pg_catalog.pg_has_role(r.oid, current_user, 'MEMBER')))),
  'tableNames', (SELECT coalesce(jsonb_agg(relname ORDER BY relname), '[]') FROM ours),
  'schemas', (SELECT coalesce(jsonb_agg(nspname ORDER BY nspname), '[]') FROM pg_catalog.pg_namespace
    WHERE nspname = $3 OR pg_catalog.starts_with(nspname, $3 || '_')),
  'functions', (SELECT coalesce(jsonb_object_agg(n.nspname || '.' || p.proname, p.prosrc), '{}') FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = $3 OR pg_catalog.starts_with(n.nspname, $3 || '_')),
  'ownTypes', (SELECT coalesce(jsonb_agg(t.typname ORDER BY t.typname), '[]') FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE n.nspname = $1 AND t.typcategory <> 'A' AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS own WHERE own.typname = t.typname AND own.typnamespace = 'pg_catalog'::pg_catalog.regnamespace)),
  'ledgerTables', (SELECT coalesce(jsonb_object_agg(c.relname, (
      SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)), '{}')
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $3 AND c.relkind = 'r'),
  'limitedDomains', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', typname, 'types', jsonb_build_array(pg_catalog.format_type(oid, NULL), pg_catalog.format_type(typarray, NULL)), 'uncut', uncut) ORDER BY oid), '[]') FROM limited),
  'silencedFor', (SELECT coalesce(jsonb_agg(CASE setrole WHEN 0 THEN 'DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) ELSE 'ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(setrole)) || CASE setdatabase WHEN 0 THEN '' ELSE ' IN DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) END END), '[]')
    FROM pg_catalog.pg_db_role_setting WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      AND EXISTS (SELECT FROM unnest(setconfig) AS one WHERE pg_catalog.starts_with(one, $5 || '=')))
) AS facts`;
