import { setTimeout as sleep } from "node:timers/promises";
import type { LockClass } from "../../schema/statement.ts";
import type { Blocker } from "./blockers.ts";
import { Interruption } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { isLockFailure } from "./session.ts";
import { named, watchBlockers } from "./watch-blockers.ts";

/** Nobody waits behind us for longer. */
const BRIEF_MILLISECONDS = 300;
/** Autovacuum gives way only to somebody who has waited for deadlock_timeout (1 s by default). */
const PAST_AUTOVACUUM_MILLISECONDS = 1500;
const PATIENT_MILLISECONDS = 10_000;
const FIRST_PAUSE_MILLISECONDS = 150;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** Does `work` with a lock timeout, again and again until it gets its locks, and says who is in the way. */
export async function withLockRetries<T>(
  runner: Runner,
  label: string,
  lock: LockClass,
  work: (lockTimeoutMilliseconds: number) => Promise<T>,
): Promise<T> {
  let blockers: readonly Blocker[] = [];
  let told = "";
  const processId = await runner.worker.processId();
  for (let attempt = 0; ; attempt++) {
    const timeout = lockTimeout(lock, blockers);
    try {
      return await watchBlockers(
        runner.watcher,
        processId,
        timeout / 3,
        (found) => (blockers = found),
        () => work(timeout),
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

function lockTimeout(lock: LockClass, blockers: readonly Blocker[]): number {
  if (lock === "patient") return PATIENT_MILLISECONDS;
  const onlyServer = blockers.length > 0 && blockers.every((blocker) => blocker.login === null);
  return onlyServer ? PAST_AUTOVACUUM_MILLISECONDS : BRIEF_MILLISECONDS;
}

/** Pauses grow, so that those who queued behind us are served first, and are uneven, so that we do not meet a regular job each time. */
export async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(attempt, 10));
  await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
