import { printable } from "../../../release/printable.ts";
import { literals, sql } from "../../../schema/sql/sql.ts";
import type { Session } from "./session.ts";

/** Somebody whom a process waits for. */
export interface Blocker {
  /** Null for a prepared transaction, which has no process. */
  readonly pid: number | null;
  /** Null for a process of the server's own, such as autovacuum. */
  readonly login: string | null;
  readonly description: string;
  /** Quoted names of the tables that a process of the server's holds; of a login none. */
  readonly holds: readonly string[];
}

/**
 * First words of statements. Nothing else of a statement is reported, as its values are private.
 */
const COMMANDS = literals([
  ...[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "COPY",
    "WITH",
    "TRUNCATE",
    "LOCK",
    "VACUUM",
    "ANALYZE",
  ],
  ...["REINDEX", "CLUSTER", "REFRESH", "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "CALL", "DO"],
  ...["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "PREPARE", "EXECUTE", "DECLARE", "FETCH", "SET", "SHOW"],
]);

/**
 * Of `a` in pg_stat_activity. Of other logins' sessions we see it only as a member of
 * pg_read_all_stats.
 */
const WORD = sql`upper(substring(a.query FROM '^[[:space:]]*([A-Za-z]+)'))`;
const STATEMENT = sql`CASE WHEN a.usename IS NOT NULL AND a.query NOT IN ('', '<insufficient privilege>') THEN CASE WHEN ${WORD} = ANY (${COMMANDS}) THEN ${WORD} ELSE 'a statement' END || coalesce(' (query id ' || nullif(to_jsonb(a)->>'query_id', '0') || ')', '') END`;

/**
 * Tables of this database that `l` in pg_locks is about, as $1 waits for them or holds them too.
 */
const SHARED_TABLE = sql`JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE l.granted AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
const SHARED = sql`EXISTS (SELECT FROM pg_catalog.pg_locks AS w WHERE w.pid = $1 AND w.locktype = 'relation' AND w.relation = l.relation)`;
const TABLES = sql`(SELECT 'with a lock on ' || string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname), ', ') FROM pg_catalog.pg_locks AS l ${SHARED_TABLE} AND l.pid = a.pid AND ${SHARED})`;

/** Tables that a process of the server's holds. */
const HOLDS = sql`SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_locks AS l ${SHARED_TABLE} AND c.relkind = 'r' AND l.pid = a.pid AND a.usename IS NULL`;

/**
 * Called once, not for each row: every call locks the server's whole lock table for a moment.
 * https://www.postgresql.org/docs/current/functions-info.html
 */
const BLOCKING = sql`(SELECT pg_catalog.pg_blocking_pids($1))::pg_catalog.int4[]`;

const SESSIONS = sql`SELECT a.pid, a.usename AS login, concat_ws(', ', 'pid ' || a.pid, coalesce(a.usename, 'a process of the server, probably autovacuum'), nullif(a.application_name, ''), a.state || ' for ' || round(extract(epoch FROM clock_timestamp() - a.state_change)) || ' s', 'in a transaction for ' || round(extract(epoch FROM clock_timestamp() - a.xact_start)) || ' s', ${STATEMENT}, ${TABLES}) AS description, ARRAY(${HOLDS}) AS holds FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = ANY (${BLOCKING}) ORDER BY a.xact_start, a.pid`;

/** How to name a prepared transaction, and what ends it. */
const PREPARED = sql`pg_catalog.format('prepared transaction %s of %s, prepared %s s ago: end it by ROLLBACK PREPARED %1$s or COMMIT PREPARED %1$s', pg_catalog.quote_literal(x.gid), x.owner, round(extract(epoch FROM clock_timestamp() - x.prepared)))`;

/**
 * Whether a prepared transaction holds what $1 waits for: its table, or the end of its transaction.
 */
const IN_THE_WAY = sql`EXISTS (SELECT FROM pg_catalog.pg_locks AS w JOIN pg_catalog.pg_locks AS l ON l.granted AND l.locktype = w.locktype AND l.relation IS NOT DISTINCT FROM w.relation AND l.transactionid IS NOT DISTINCT FROM w.transactionid
  WHERE w.pid = $1 AND NOT w.granted AND l.pid IS NULL AND l.virtualtransaction = '-1/' || x.transaction::text)`;

const PREPARED_BLOCKERS = sql`SELECT ${PREPARED} AS description, ${IN_THE_WAY} AS sure FROM pg_catalog.pg_prepared_xacts AS x WHERE x.database = pg_catalog.current_database() AND 0 = ANY (${BLOCKING}) ORDER BY x.prepared`;

/** Who blocks `processId` now; empty when it does not wait. */
export async function blockersOf(watcher: Session, processId: number): Promise<readonly Blocker[]> {
  const sessions = await watcher.rows<Blocker & Record<string, unknown>>(SESSIONS, [processId]);
  const prepared = await watcher.rows<{ description: string; sure: boolean }>(PREPARED_BLOCKERS, [processId]);
  const sure = prepared.filter((one) => one.sure);
  return [
    ...sessions,
    ...(sure.length > 0 ? sure : prepared).map(({ description }) => ({
      pid: null,
      login: null,
      description,
      holds: [],
    })),
  ].map((blocker) => ({ ...blocker, description: printable(blocker.description) }));
}

const CONNECTIONS = sql`SELECT concat_ws(', ', 'pid ' || pid, nullif(application_name, ''), host(client_addr), state, 'connected since ' || to_char(backend_start, 'HH24:MI:SS')) AS description FROM pg_catalog.pg_stat_activity WHERE usename = $1 ORDER BY pid`;

const PREPARED_BY = sql`SELECT ${PREPARED} AS description FROM pg_catalog.pg_prepared_xacts AS x WHERE x.owner = $1 AND x.database = pg_catalog.current_database() ORDER BY x.prepared`;

/**
 * Connections of a login, described; a prepared transaction counts as one, as it writes when it is
 * committed.
 */
export async function connectionsOf(session: Session, login: string): Promise<readonly string[]> {
  const sessions = await session.rows<{ description: string }>(CONNECTIONS, [login]);
  const prepared = await session.rows<{ description: string }>(PREPARED_BY, [login]);
  return [...sessions, ...prepared].map(({ description }) => printable(description));
}
