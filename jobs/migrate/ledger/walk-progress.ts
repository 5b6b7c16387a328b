import type { Key } from "../../../schema/sql/key-ranges.ts";

/** How far a walk is; counts are of the whole walk, over all its runs. */
export interface Progress {
  /**
   * The table in the order of its key, in one or more ranges that are walked each by itself. None
   * of an empty table.
   */
  readonly ranges: readonly OpenRange[];
  readonly rows: number;
  readonly batches: number;
  readonly seconds: number;
}

/**
 * What is left of a range: rows after `at` (null: from the start) up to `until`. At the end both
 * are the same.
 */
export interface OpenRange {
  readonly at: Key | null;
  /**
   * Of the last range the last key when the walk began: rows after it were written with the trigger
   * in place.
   */
  readonly until: Key;
}

/** One step of a walk. */
export interface Step {
  /** The place of its range among `ranges`, from 0. */
  readonly range: number;
  readonly ranges: number;
  /** The last key that is done. */
  readonly at: Key;
  readonly rows: number;
  readonly seconds: number;
  /** Rows per second of all ranges, over the last half minute, pauses included. */
  readonly pace: number;
}

/** One range is noted by its cursor alone; of several each has one, and an end. */
type Cursor = Key | readonly OpenRange[] | null;

/** As it is noted. */
export interface RawProgress extends Omit<Progress, "ranges"> {
  readonly cursor: Cursor;
  readonly until: Key | null;
}

/** What is noted of the ranges. */
export const cursorOf = (ranges: readonly OpenRange[]): Cursor =>
  ranges.length > 1 ? ranges : (ranges[0]?.at ?? null);

/** What was noted, as the walk goes on from it. */
export function progressOf({ cursor, until, rows, batches, seconds }: RawProgress): Progress {
  return { ranges: rangesOf(cursor, until), rows, batches, seconds };
}

function rangesOf(cursor: Cursor, until: Key | null): readonly OpenRange[] {
  if (until === null) return [];
  return isOfRanges(cursor) ? cursor : [{ at: cursor, until }];
}

const isOfRanges = (cursor: Cursor): cursor is readonly OpenRange[] => typeof cursor?.[0] === "object";
