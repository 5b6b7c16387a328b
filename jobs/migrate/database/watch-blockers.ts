import type { Runner } from "../runner.ts";
import { blockersOf, type Blocker } from "./blockers.ts";

/**
 * Does `work`, and checks at an interval who is blocking it.
 *
 * @param processId of the session that does the work
 * @param found is called with those who do, each time that there are any
 */
export async function watchBlockers<T>(
  { watcher, heldUp, signal }: Pick<Runner, "watcher" | "heldUp" | "signal">,
  processId: number,
  everyMilliseconds: number,
  found: (blockers: readonly Blocker[]) => void,
  work: () => Promise<T>,
): Promise<T> {
  let state: "at work" | "failed" | "done" = "at work";
  const watch = setInterval(() => {
    void blockersOf(watcher, processId)
      .then((blockers) => {
        if (state === "done") return;
        if (blockers.length > 0) {
          heldUp.by = named(blockers);
          found(blockers);
        } else if (state === "at work" && !signal.aborted) {
          // A cancelled statement waits for nobody any more: its last blockers stay known.
          heldUp.by = "";
        }
      })
      .catch(() => undefined);
  }, everyMilliseconds);
  try {
    const result = await work();
    state = "done";
    heldUp.by = "";
    return result;
  } catch (error) {
    state = "failed";
    throw error;
  } finally {
    clearInterval(watch);
  }
}

/** For a log. */
export function named(blockers: readonly Blocker[]): string {
  return blockers.map((blocker) => blocker.description).join(" and ") || "a session that has ended meanwhile";
}
