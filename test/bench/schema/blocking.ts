import { setTimeout as sleep } from "node:timers/promises";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";
import { fact, reach, runJob } from "./run-job.ts";
import { quantile } from "./statistics.ts";
import type { Prepared } from "./tables.ts";

/**
 * What others notice of a goal that is reached while a long transaction sits on the table.
 * Milliseconds, but where the name says seconds.
 */
export interface Blocking {
  readonly goal: "expanded" | "contracted";
  readonly heldSeconds: number;
  /** Of the whole Job. */
  readonly seconds: number;
  /** How often it asked for its lock in vain. */
  readonly attempts: number;
  /** The longest time that it stood in the queue, so that others queued behind it. */
  readonly longestQueue: number;
  /** The longest time that it had a lock which blocks writes. */
  readonly longestHeld: number;
  /** All such times together. */
  readonly heldInAll: number;
  /** Of single-row writes by others meanwhile. */
  readonly writes: number;
  readonly p50: number;
  readonly longestWrite: number;
}

const SAMPLE_MILLISECONDS = 2;
const STRONG = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

export async function blocking(
  prepared: Prepared,
  goal: Blocking["goal"],
  heldSeconds: number,
): Promise<Blocking> {
  const { database, subject } = prepared;
  await prepared.reset(goal === "expanded" ? "base" : "expanded");
  if (goal === "contracted") await reach(database, subject, { goal: "filled" });
  const holder = await connectAsSuperuser(database.port, database.name);
  const writer = await connectAsSuperuser(database.port, database.name);
  const sampler = await connectAsSuperuser(database.port, database.name);
  await holder.query("BEGIN; SELECT count(*) FROM address");
  let isOver = false;
  const writes: number[] = [];
  const writing = (async () => {
    while (!isOver) {
      const begun = performance.now();
      const id = 1 + Math.floor(Math.random() * prepared.rows);
      await writer.query("UPDATE address SET city = city || '.' WHERE id = $1", [id]);
      writes.push(performance.now() - begun);
      await sleep(SAMPLE_MILLISECONDS);
    }
  })();
  const queue = new Stretches();
  const held = new Stretches();
  const sampling = (async () => {
    while (!isOver) {
      const { rows } = await sampler.query<{ granted: boolean }>(
        "SELECT l.granted FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE l.relation = 'address'::regclass AND l.mode = ANY ($1) AND a.application_name LIKE 'zero-downtime migrate%'",
        [STRONG],
      );
      queue.see(rows.some(({ granted }) => !granted));
      held.see(rows.some(({ granted }) => granted));
      await sleep(SAMPLE_MILLISECONDS);
    }
  })();
  let releasing: Promise<unknown> | undefined;
  // The Job's process takes a moment to start: the transaction is open for so long beside its work.
  const onLine = () => void (releasing ??= sleep(heldSeconds * 1000).then(() => holder.query("COMMIT")));
  const run = await runJob(database, subject, { goal }, { onLine });
  await releasing;
  isOver = true;
  await Promise.all([writing, sampling]);
  for (const client of [holder, writer, sampler]) await client.end();
  if (!run.result.ok) throw new Error(`Cannot measure as ${goal} failed: ${run.result.summary}`);
  return {
    goal,
    heldSeconds,
    seconds: fact(run, "seconds"),
    attempts: fact(run, "lockTimeouts"),
    longestQueue: queue.longest,
    longestHeld: held.longest,
    heldInAll: held.sum,
    writes: writes.length,
    p50: quantile(writes, 0.5),
    longestWrite: Math.max(...writes),
  };
}

/** How long something lasted each time, as seen by looking often. */
class Stretches {
  longest = 0;
  sum = 0;
  #begun: number | null = null;
  #counted = 0;

  see(isSo: boolean): void {
    if (!isSo) {
      this.#begun = null;
      return;
    }
    const now = performance.now();
    if (this.#begun === null) this.#counted = 0;
    this.#begun ??= now;
    // It began, on average, half the time between two looks before it was seen.
    const lasted = now - this.#begun + SAMPLE_MILLISECONDS / 2;
    this.sum += lasted - this.#counted;
    this.#counted = lasted;
    this.longest = Math.max(this.longest, lasted);
  }
}
