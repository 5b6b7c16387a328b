import type { JobContext } from "../job.ts";
import type { Observer } from "./database/session.ts";
import type { Figures } from "./figures.ts";
import type { MigrateSettings } from "../../protocol/jobs/migrate-settings.ts";

/** Openings for tests. */
export interface Options {
  /** Sees every statement of the session that does the work. */
  readonly observe?: Observer;
}

/** What a run has, whatever becomes of its connections. */
export interface Run {
  readonly settings: MigrateSettings;
  readonly context: JobContext;
  readonly options: Options;
  readonly figures: Figures;
  /** Aborted at the deadline and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Who kept the run waiting at the last look, for the reason of an interruption; or empty. */
  readonly heldUp: { by: string };
  /** Milliseconds left until the deadline. */
  readonly remaining: () => number;
}
