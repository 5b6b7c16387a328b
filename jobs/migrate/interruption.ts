import { Interruption } from "./refusal.ts";
import type { Run } from "./run.ts";

/**
 * @throws {Interruption} at the deadline and on SIGTERM: everything done so far stays, and the next
 *   run continues from there
 */
export function stopIfAsked(run: Run, cause = ""): void {
  if (run.signal.aborted) throw interruption(run, cause);
}

/** @param cause what kept the run busy, as part of a sentence; by default for whom it waited */
export function interruption(run: Run, cause = ""): Interruption {
  const busy = cause || (run.heldUp.by && `it was waiting for ${run.heldUp.by}`);
  const reason =
    run.remaining() <= 0
      ? `the deadline of ${run.settings.deadlineSeconds} s is over`
      : "the Job was told to stop";
  return new Interruption(
    `Stopped before reaching ${run.settings.goal} as ${reason}${busy === "" ? "" : `; ${busy}`}. What is done stands; repeat the stage and it goes on from there`,
  );
}
