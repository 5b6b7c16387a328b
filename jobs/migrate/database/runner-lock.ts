import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "../../../release/printable.ts";
import { RUNNER_LOCK } from "../../../schema/sql/names.ts";
import { integer, list, sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "./session.ts";

const LOCK = list(RUNNER_LOCK.map(integer));
const PAUSE_MILLISECONDS = 300;

/**
 * One runner at a time. The lock is polled: a runner that waited inside the server would make
 * CREATE INDEX CONCURRENTLY of the other wait for it.
 * @throws {Refusal} when another one still works at the deadline
 */
export async function takeRunnerLock(
  session: Session,
  deadline: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  let told = "";
  for (;;) {
    const [row] = await session.rows<{ taken: boolean }>(
      sql`SELECT pg_catalog.pg_try_advisory_lock(${LOCK}) AS taken`,
    );
    if (row?.taken) return;
    const holder = await describeHolder(session);
    if (holder !== told) log(`Waiting for another runner to end: ${holder}`);
    told = holder;
    try {
      await sleep(PAUSE_MILLISECONDS, undefined, { signal: deadline });
    } catch {
      throw new Refusal(
        `Cannot begin as another runner is still at work: ${holder}. Wait for it, or delete its Job`,
      );
    }
  }
}

async function describeHolder(session: Session): Promise<string> {
  const [row] = await session.rows<{ who: string }>(
    sql`SELECT concat('pid ', a.pid, ', ', a.application_name, ' as ', a.usename) AS who FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND (l.classid, l.objid) = (${LOCK}) AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
  );
  return printable(row?.who ?? "it has just ended");
}
