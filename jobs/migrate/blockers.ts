import { sql } from "../../schema/sql.ts";
import type { Session } from "./session.ts";

/** Somebody whom a process waits for. */
export interface Blocker {
  readonly pid: number;
  /** Null for a process of the server's own, such as autovacuum. */
  readonly login: string | null;
  readonly description: string;
}

/** Who keeps `processId` waiting now; nobody when it does not wait. */
export async function blockersOf(watcher: Session, processId: number): Promise<readonly Blocker[]> {
  return watcher.rows<{ pid: number; login: string | null; description: string }>(
    // Of other logins' sessions we see state and query only as a member of pg_read_all_stats.
    sql`SELECT pid, usename AS login, concat_ws(', ', 'pid ' || pid, coalesce(usename, 'a process of the server, probably autovacuum'), nullif(application_name, ''), state || ' for ' || round(extract(epoch FROM clock_timestamp() - state_change)) || ' s', 'in a transaction for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s', left(nullif(query, '<insufficient privilege>'), 80)) AS description FROM pg_catalog.pg_stat_activity WHERE pid = ANY (pg_catalog.pg_blocking_pids($1)) ORDER BY xact_start, pid`,
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
