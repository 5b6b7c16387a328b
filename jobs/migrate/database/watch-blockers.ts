import { blockersOf, type Blocker } from "./blockers.ts";
import type { Session } from "./session.ts";

/**
 * Does `work` and tells, every so many milliseconds, who keeps it waiting at that moment; nothing
 * while nobody does.
 */
export async function watchBlockers<T>(
  watcher: Session,
  processId: number,
  everyMilliseconds: number,
  found: (blockers: readonly Blocker[]) => void,
  work: () => Promise<T>,
): Promise<T> {
  const watch = setInterval(() => {
    void blockersOf(watcher, processId)
      .then((blockers) => {
        if (blockers.length > 0) found(blockers);
      })
      .catch(() => undefined);
  }, everyMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(watch);
  }
}

/** For a log. */
export function named(blockers: readonly Blocker[]): string {
  return blockers.map((blocker) => blocker.description).join(" and ") || "a session that has ended meanwhile";
}
