/** The pace of a walk that writes. */
export interface Pace {
  /** Duration that a step aims at, network time excluded. Milliseconds. */
  readonly target: number;
  /** The rest after a step, as a fraction of the time that its work took. */
  readonly rest: number;
}

/**
 * With more than a thousand rows a step gains almost nothing, and others may wait for its whole
 * length.
 */
const ALONE: Pace = { target: 30, rest: 0 };
/**
 * A write that finds its row, or the last idle CPU, taken by a step waits at most for the step's
 * end. Shorter steps consist of little but messages: 1 ms would write a third fewer rows in the
 * same time.
 */
const BESIDE_OTHERS_MILLISECONDS = 1.5;
/**
 * Up to this many writes a second are not users': they come from monitoring, vacuum, or an empty
 * queue.
 */
const NEGLIGIBLE = 10;

/**
 * While others write, the walk alternates with them: short steps, and a rest after each. Nobody
 * waits for the backfill, but users would wait for it.
 * @param writesOfOthers a second @param restShare see `Limits`
 */
export function paceBeside(writesOfOthers: number, restShare: number): Pace {
  if (writesOfOthers <= NEGLIGIBLE || restShare === 0) return ALONE;
  return { target: BESIDE_OTHERS_MILLISECONDS, rest: restShare };
}

/**
 * The next step of a walk: as many rows as take `target` milliseconds, changing by at most a factor
 * of two.
 */
export function nextBatchSize(
  size: number,
  milliseconds: number,
  limits: { readonly target: number; readonly least: number; readonly most: number },
): number {
  const factor = Math.min(2, Math.max(0.5, limits.target / Math.max(milliseconds, 0.1)));
  return Math.round(Math.min(limits.most, Math.max(limits.least, size * factor)));
}
