/** The figures in the result, summed over a run. */
export interface Figures {
  statements: number;
  /** How often a lock was not available in time. */
  lockTimeouts: number;
  /** How often a walk waited for others, how long in total, and how often it removed dead rows. */
  pauses: number;
  pausedSeconds: number;
  vacuums: number;
  /** How long it rested after steps, because others wrote. */
  restedSeconds: number;
  /** Rows that were filled. */
  rows: number;
  batches: number;
  /** The longest of them. */
  longestStepMilliseconds: number;
  backfillSeconds: number;
  checkedRows: number;
  archivedRows: number;
  nonRoundTripRows: number;
}

export function noFigures(): Figures {
  return {
    statements: 0,
    lockTimeouts: 0,
    pauses: 0,
    pausedSeconds: 0,
    vacuums: 0,
    restedSeconds: 0,
    rows: 0,
    batches: 0,
    longestStepMilliseconds: 0,
    backfillSeconds: 0,
    checkedRows: 0,
    archivedRows: 0,
    nonRoundTripRows: 0,
  };
}
