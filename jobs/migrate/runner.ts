import type { JobContext } from "../job.ts";
import type { LedgerStore } from "./ledger/ledger-store.ts";
import type { Session } from "./database/session.ts";
import type { Run } from "./run.ts";

/** What every part of a run shares. */
export interface Runner extends Run {
  /** Does the work, as owner; holds the runner's lock. */
  readonly worker: Session;
  /** Looks at others, as migrator. */
  readonly watcher: Session;
  readonly store: LedgerStore;
  readonly log: JobContext["log"];
}
