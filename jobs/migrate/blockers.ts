import { sql } from "../../schema/sql.ts";
import type { Session } from "./session.ts";

/** Somebody whom a process waits for. */
export interface Blocker {
  readonly pid: number;
  /** Null for a process of the server's own, such as autovacuum. */
  readonly login: string | null;
  readonly description: string;
  /** Quoted names of the tables that a process of the server's holds; of a login none. */
  readonly holds: readonly string[];
}

/** Tables that a process of the server's holds. */
const HOLDS = sql`SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE l.pid = a.pid AND a.usename IS NULL AND l.granted AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND c.relkind = 'r'`;

/** Who keeps `processId` waiting now; nobody when it does not wait. */
export async function blockersOf(watcher: Session, processId: number): Promise<readonly Blocker[]> {
  return watcher.rows<Blocker & Record<string, unknown>>(
    // Of other logins' sessions we see state and query only as a member of pg_read_all_stats.
    sql`SELECT pid, usename AS login, concat_ws(', ', 'pid ' || pid, coalesce(usename, 'a process of the server, probably autovacuum'), nullif(application_name, ''), state || ' for ' || round(extract(epoch FROM clock_timestamp() - state_change)) || ' s', 'in a transaction for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s', left(nullif(query, '<insufficient privilege>'), 80)) AS description, ARRAY(${HOLDS}) AS holds FROM pg_catalog.pg_stat_activity AS a WHERE pid = ANY (pg_catalog.pg_blocking_pids($1)) ORDER BY xact_start, pid`,
    [processId],
  );
}

/** Connections of a login, described. */
export async function connectionsOf(session: Session, login: string): Promise<readonly string[]> {
  const rows = await session.rows<{ description: string }>(
    sql`SELECT concat_ws(', ', 'pid ' || pid, nullif(application_name, ''), host(client_addr), state, 'connected since ' || to_char(backend_start, 'HH24:MI:SS')) AS description FROM pg_catalog.pg_stat_activity WHERE usename = $1 ORDER BY pid`,
    [login],
  );
  return rows.map((row) => row.description);
}
