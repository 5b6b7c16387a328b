import type { Lock } from "../lint/lock-mode.ts";

/**
 * What a statement does to tables and views that are there before it: as lint says, or as
 * it was measured.
 */
export interface Footprint {
  readonly locks: readonly Lock[];
  /** Read whole; null: not measured. */
  readonly scans: readonly string[] | null;
  /** Written anew; null: not measured. */
  readonly rewrites: readonly string[] | null;
}
