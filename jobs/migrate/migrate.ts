import type { MigrateSettings } from "../../protocol/jobs/migrate-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { interruption } from "./interruption.ts";
import { reachGoal } from "./reach-goal.ts";
import { Refusal } from "./refusal.ts";
import { noFigures } from "./figures.ts";
import { codeOf, isConnectionLoss, messageOf } from "./database/database-errors.ts";
import { settings } from "./settings.ts";
import { pause } from "./database/with-lock-retries.ts";
import { withRunner } from "./with-runner.ts";
import type { Options, Run } from "./run.ts";

/**
 * Brings the schema to a goal and says what is true then. Any run may be killed at any
 * moment and repeated.
 */
export const migrate: Job<MigrateSettings> = {
  settings,
  run: (asked, context) => runMigrate(asked, context, {}),
};

/** A failover or a restart of the server is survived this often. */
const MOST_CONNECTIONS = 5;

/** As the job, with the openings that tests need. */
export async function runMigrate(
  settings: MigrateSettings,
  context: JobContext,
  options: Options,
): Promise<Result> {
  const begun = performance.now();
  const timer = new AbortController();
  const limit = Math.min(settings.deadlineSeconds * 1000, 2 ** 31 - 1);
  const timeout = setTimeout(() => timer.abort(), limit);
  const run: Run = {
    settings,
    context,
    options,
    figures: noFigures(),
    heldUp: { by: "" },
    signal: AbortSignal.any([context.signal, timer.signal]),
    remaining: () => begun + limit - performance.now(),
  };
  const facts = () => ({
    goal: settings.goal,
    to: settings.to,
    seconds: secondsSince(begun),
    ...figuresOf(run),
  });
  try {
    return { ok: true, summary: await reachAcrossConnections(run), facts: facts() };
  } catch (error) {
    const refusal = asRefusal(run, error);
    return { ok: false, summary: refusal.message, facts: { ...facts(), ...refusal.facts } };
  } finally {
    clearTimeout(timeout);
  }
}

/** Everything done stands, so a new connection goes on where the last one broke. */
async function reachAcrossConnections(run: Run): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withRunner(run, reachGoal);
    } catch (error) {
      if (!isConnectionLoss(error) || attempt >= MOST_CONNECTIONS || run.signal.aborted) throw error;
      run.context.log(`The connection broke (${messageOf(error)}): going on with a new one`);
    }
    await pause(attempt, run.signal);
  }
}

const DISK_FULL = "53100";

function asRefusal(run: Run, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // Our own cancel of a long statement, at the deadline or on SIGTERM.
  if (run.signal.aborted && codeOf(error) === "57014") return interruption(run);
  if (!/^[0-9A-Z]{5}$/.test(codeOf(error)) && !isConnectionLoss(error)) return new Refusal(messageOf(error));
  const reason =
    codeOf(error) === DISK_FULL
      ? `the database's disk is full: ${messageOf(error)}. Free some space (a backfill writes every row anew, so it may need as much as the table has; VACUUM lets it use what it left)`
      : `the database refused a statement: ${messageOf(error)}`;
  return new Refusal(
    `Cannot reach ${run.settings.goal} as ${reason}. What was done before it stands, and repeating the stage goes on from there`,
  );
}

function figuresOf({ figures }: Run): Record<string, unknown> {
  const { backfillSeconds, pausedSeconds, restedSeconds, ...rest } = figures;
  return {
    ...rest,
    backfillSeconds: hundredths(backfillSeconds),
    rowsPerSecond: backfillSeconds > 0 ? Math.round(rest.rows / backfillSeconds) : 0,
    pausedSeconds: hundredths(pausedSeconds),
    restedSeconds: hundredths(restedSeconds),
    // Kibibytes, whatever the platform.
    peakMemoryMebibytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function secondsSince(begun: number): number {
  return hundredths((performance.now() - begun) / 1000);
}

function hundredths(seconds: number): number {
  return Number(seconds.toFixed(2));
}
