import type { z } from "zod";

/**
 * What a job reports when it ends: one JSON object of at most 4096 bytes, the pod's termination
 * message.
 */
export interface Result {
  /** False fails the Job, and with it the stage. */
  readonly ok: boolean;
  /**
   * One sentence for people: what is true now or, after a failure, what was attempted, the rule,
   * the value, and what to do next.
   */
  readonly summary: string;
  /** Figures and names for programs; small and plain JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What a job gets from its surroundings. */
export interface JobContext {
  /** Logs one line for people who follow the pod's log. */
  readonly log: (line: string) => void;
  /** Aborted on SIGTERM: stop at the next safe point. */
  readonly signal: AbortSignal;
}

/**
 * A program that runs inside the cluster. Settings arrive as JSON in ZERO_DOWNTIME_SETTINGS;
 * passwords only in the PG* variables.
 */
export interface Job<Settings> {
  readonly settings: z.ZodType<Settings>;
  readonly run: (settings: Settings, context: JobContext) => Promise<Result>;
}

/** The result of what has thrown an error. */
export const failedBy = (error: unknown): Result => ({
  ok: false,
  summary: error instanceof Error ? error.message : String(error),
});
