import type { PastUp } from "../stack/history.ts";
import type { Answer } from "../moves/status.ts";
import type { ReportSchema } from "./report-data.ts";
import type { Watch } from "../../protocol/state/guard-record.ts";

/** All that was recorded of a stack and its releases. */
export interface Recorded {
  readonly app: string;
  readonly stack: string;
  readonly madeAt: string;
  /** Oldest first. */
  readonly history: readonly PastUp[];
  /** Where the release stands and who serves, in words. */
  readonly now: Answer<string>;
  /**
   * Percent of the public traffic at the time of the report, and who wrote that; null where it
   * could not be seen.
   */
  readonly seen: { readonly blue: number; readonly green: number; readonly by: string | null } | null;
  readonly watch: Answer<Watch | null>;
  readonly schema: Answer<ReportSchema | null>;
  readonly remarks: readonly string[];
}
