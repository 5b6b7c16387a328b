import type { PastUp } from "../stack/history.ts";

/**
 * The ups of the newest release, and the stage it began from, which the first one's edits
 * are told against.
 */
export interface LastRelease {
  readonly before: PastUp | null;
  readonly ups: readonly PastUp[];
}

const isStable = ({ place }: PastUp): boolean => place?.phase === "stable";

/**
 * From the last time that all was stable until it was again, or until now. On a stack that never
 * left stable, all its ups.
 *
 * @param history oldest first
 */
export function lastRelease(history: readonly PastUp[]): LastRelease {
  const lastMove = history.findLastIndex((up) => !isStable(up));
  if (lastMove < 0) return { before: null, ups: history };
  const isBorder = (up: PastUp) => isStable(up) && up.outcome === "completed";
  const border = history.slice(0, lastMove).findLastIndex(isBorder);
  const end = history.findIndex((up, at) => at > lastMove && isBorder(up));
  return {
    before: history[border] ?? null,
    ups: history.slice(border + 1, end < 0 ? history.length : end + 1),
  };
}
