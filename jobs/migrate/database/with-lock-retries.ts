import { setTimeout as sleep } from "node:timers/promises";
import { verbatim, type Sql } from "../../../schema/sql/sql.ts";
import type { LockClass } from "../../../schema/plan/change.ts";
import type { Blocker } from "./blockers.ts";
import { Interruption } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { isLockFailure } from "./database-errors.ts";
import { named, watchBlockers } from "./watch-blockers.ts";

/** Others wait behind us for at most this long. */
const BRIEF_MILLISECONDS = 300;
/**
 * Nobody waits behind this lock; longer than deadlock_timeout (1 s by default), as autovacuum is
 * not cancelled sooner.
 */
export const PATIENT_MILLISECONDS = 10_000;
const FIRST_PAUSE_MILLISECONDS = 150;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** How an attempt waits. */
export interface Wait {
  /** Its lock timeout. */
  readonly milliseconds: number;
  /**
   * Tables that autovacuum was found to hold: they are first locked in a mode that blocks neither
   * reads nor writes, so that autovacuum is cancelled.
   */
  readonly vacuumed: readonly Sql[];
}

/**
 * Does `work` with a lock timeout, again and again until it gets its locks, and says who
 * is in the way.
 */
export async function withLockRetries<T>(
  runner: Runner,
  label: string,
  lock: LockClass,
  work: (wait: Wait) => Promise<T>,
): Promise<T> {
  const milliseconds = lock === "patient" ? PATIENT_MILLISECONDS : BRIEF_MILLISECONDS;
  let blockers: readonly Blocker[] = [];
  const vacuumed = new Set<string>();
  let told = "";
  const processId = await runner.worker.processId();
  for (let attempt = 0; ; attempt++) {
    try {
      return await watchBlockers(
        runner,
        processId,
        milliseconds / 3,
        (found) => {
          blockers = found;
          for (const { holds } of found) holds.forEach((table) => vacuumed.add(table));
        },
        // Quoted by the server.
        () => work({ milliseconds, vacuumed: [...vacuumed].sort().map(verbatim) }),
      );
    } catch (error) {
      if (!isLockFailure(error)) throw error;
      runner.figures.lockTimeouts++;
      const who = named(blockers);
      if (runner.signal.aborted || runner.remaining() <= 0) {
        throw new Interruption(
          `Cannot ${label.charAt(0).toLowerCase()}${label.slice(1)} as others held the table for the whole time: ${who}. Nothing of this statement was done; end that session or wait for it, then repeat the stage`,
        );
      }
      if (who !== told) runner.log(`${label}: waiting for ${who}`);
      told = who;
    }
    await pause(attempt, runner.signal);
  }
}

/**
 * Pauses grow, so that those who queued behind us go first, and are random, so that we do not
 * collide with a regular job each time.
 */
export async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(attempt, 10));
  await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
