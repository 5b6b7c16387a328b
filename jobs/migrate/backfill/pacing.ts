/** How a walk that writes goes on. */
export interface Pace {
  /** What a step aims at, without what its messages spend on the way. Milliseconds. */
  readonly target: number;
  /** The rest after a step, as a part of what the step's work took. */
  readonly rest: number;
}

/**
 * Above a thousand rows a step gains nearly nothing, and what others wait for it is its
 * whole length.
 */
const ALONE: Pace = { target: 30, rest: 0 };
/**
 * A write that finds its row, or the last idle processor, taken by a step waits for the end of that
 * at most. Shorter ones are made of little else than their messages: 1 ms would write a third fewer
 * rows in the same time.
 */
const BESIDE_OTHERS_MILLISECONDS = 1.5;
/** Writes a second that are nobody's users: a monitor's, a vacuum's, a queue's that is empty. */
const NEGLIGIBLE = 10;

/**
 * While others write, the walk takes turns with them: short steps, and a rest after each. Nobody
 * waits for the backfill, and users would.
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
