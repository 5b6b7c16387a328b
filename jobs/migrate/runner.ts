import type { JobContext } from "../job.ts";
import type { LedgerStore } from "./ledger-store.ts";
import type { Session } from "./session.ts";
import type { MigrateSettings } from "./settings.ts";

/** What every part of a run shares. */
export interface Runner {
  readonly settings: MigrateSettings;
  /** Does the work, as owner; holds the runner's lock. */
  readonly worker: Session;
  /** Looks at others, as migrator. */
  readonly watcher: Session;
  readonly store: LedgerStore;
  readonly log: JobContext["log"];
  /** Aborted at the deadline and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Milliseconds left until the deadline. */
  readonly remaining: () => number;
  /** Figures of the run, summed over its walks. */
  readonly figures: Figures;
}

/** What the result tells in figures. */
export interface Figures {
  statements: number;
  lockTimeouts: number;
  rows: number;
  batches: number;
  backfillSeconds: number;
  checkedRows: number;
  archivedRows: number;
  nonRoundTripRows: number;
}

export function noFigures(): Figures {
  return {
    statements: 0,
    lockTimeouts: 0,
    rows: 0,
    batches: 0,
    backfillSeconds: 0,
    checkedRows: 0,
    archivedRows: 0,
    nonRoundTripRows: 0,
  };
}
