/**
 * What the stack's state holds of an attempt to do something. The version before stored no clock,
 * and no number with `entered`.
 */
export interface StoredAttempt {
  /** Any text that no other attempt has. */
  readonly attempt: string;
  /**
   * Greater than the number of every attempt before it in this stack, whatever the clocks of their
   * machines said.
   */
  readonly number?: number | undefined;
  /** What the clock of its machine said when it began: milliseconds since the epoch. */
  readonly clock?: number | undefined;
}

/**
 * The mark of an `up`: a new one, or the one that the state has where nothing is to be
 * done. Numbers are times as long as no clock goes wrong, so that they go on growing
 * where the state is lost.
 * @param before the attempts that the state has: the one that set out last, and the one that
 *   completed last
 */
export function attemptMark(
  isUnchanged: boolean,
  before: readonly [entered: StoredAttempt | null, completed: StoredAttempt | null],
  fresh: { readonly attempt: string; readonly clock: number },
): StoredAttempt {
  const stays = isUnchanged ? (before[0] ?? before[1]) : null;
  if (!stays) return { ...fresh, number: numberAfter(fresh.clock, before) };
  const { attempt, number, clock } = stays;
  return { attempt, ...(clock === undefined ? {} : { clock }), ...(number === undefined ? {} : { number }) };
}

const numberAfter = (clock: number, before: readonly (StoredAttempt | null)[]): number =>
  Math.max(clock, ...before.map((attempt) => attempt?.number ?? 0)) + 1;

/** When an attempt began: milliseconds since the epoch. Its number may be ahead of that. */
export const begunAt = ({ clock, number }: StoredAttempt): number => clock ?? number ?? 0;

const DIGITS = 8;

/**
 * An attempt's number as a part of an object's name: at most eight characters, as it has up to the
 * year 2059.
 */
export const shortNumber = (number: number): string => number.toString(36).slice(-DIGITS);
