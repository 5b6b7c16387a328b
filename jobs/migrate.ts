import { messageOf } from "./migrate/session.ts";
import type { Job, JobContext, Result } from "./job.ts";
import { reachGoal } from "./migrate/reach-goal.ts";
import { Refusal } from "./migrate/refusal.ts";
import type { Runner } from "./migrate/runner.ts";
import { migrateSettings, type MigrateSettings } from "./migrate/settings.ts";
import { withRunner, type Options } from "./migrate/with-runner.ts";

/** Brings the schema to a goal and says what is true then. Any run may be killed at any moment and repeated. */
export const migrate: Job<MigrateSettings> = {
  settings: migrateSettings,
  run: (settings, context) => runMigrate(settings, context, {}),
};

/** As the job, with the openings that tests need. */
export async function runMigrate(
  settings: MigrateSettings,
  context: JobContext,
  options: Options,
): Promise<Result> {
  const begun = performance.now();
  let runner: Runner | undefined;
  const facts = () => ({ goal: settings.goal, to: settings.to, seconds: seconds(begun), ...figures(runner) });
  try {
    const summary = await withRunner(settings, context, options, async (made) => {
      runner = made;
      return reachGoal(made);
    });
    return { ok: true, summary, facts: facts() };
  } catch (error) {
    if (error instanceof Refusal)
      return { ok: false, summary: error.message, facts: { ...facts(), ...error.facts } };
    return {
      ok: false,
      summary: `Cannot reach ${settings.goal} as the database refused a statement: ${messageOf(error)}. What was done before it stands, and repeating the stage goes on from there`,
      facts: facts(),
    };
  }
}

function figures(runner: Runner | undefined): Record<string, unknown> {
  if (runner === undefined) return {};
  const { backfillSeconds, ...rest } = runner.figures;
  const rowsPerSecond = backfillSeconds > 0 ? Math.round(rest.rows / backfillSeconds) : 0;
  return { ...rest, backfillSeconds: Number(backfillSeconds.toFixed(2)), rowsPerSecond };
}

function seconds(begun: number): number {
  return Number(((performance.now() - begun) / 1000).toFixed(2));
}
