/**
 * What the stack's state holds about an attempt to do something. An earlier version of the program
 * stored no clock, and no number in `entered`.
 */
export interface StoredAttempt {
  /** A text that no other attempt has. */
  readonly attempt: string;
  /**
   * Greater than the number of every earlier attempt in this stack, whatever the clocks of the
   * machines said.
   */
  readonly number?: number | undefined;
  /** The clock of its machine when it began, in milliseconds since the epoch. */
  readonly clock?: number | undefined;
}

/**
 * The mark of an `up`: a new one, or the one in the state where there is nothing to do. Numbers are
 * times as long as no clock is wrong, so that they keep growing even if the state is lost.
 * @param before the attempts in the state: the last one that began, and the last one that completed
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
 * An attempt's number as a part of an object's name: at most eight characters, which suffice until
 * the year 2059.
 */
export const shortNumber = (number: number): string => number.toString(36).slice(-DIGITS);
