import { checksSettings, type ChecksSettings } from "../../protocol/jobs/checks-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";

type Check = ChecksSettings["checks"][number];

/** What a check has said, as it stands in the facts of the whole. */
export type CheckResult = Result & { readonly name: string };

/**
 * Makes checks one after the other, up to the first that fails: a pod takes longer to start than
 * most checks take. Its facts list what each check has said.
 */
export const checks: Job<ChecksSettings> = {
  settings: checksSettings,
  run: ({ checks: asked }, context) => runInTurn(asked, context, runCheck),
};

/** The job, with checks of any kind. */
export async function runInTurn<C extends { readonly name: string }>(
  asked: readonly C[],
  context: JobContext,
  run: (check: C, context: JobContext) => Promise<Result>,
): Promise<Result> {
  const results: CheckResult[] = [];
  for (const check of asked) {
    context.log(`${check.name} (${results.length + 1} of ${asked.length})`);
    const result = await run(check, context).catch((error: unknown): Result => ({
      ok: false,
      summary: error instanceof Error ? error.message : String(error),
    }));
    results.push({ name: check.name, ...result });
    if (!result.ok) break;
    context.log(result.summary);
  }
  const failed = results.find(({ ok }) => !ok);
  const summary = failed?.summary ?? results.map((result) => result.summary).join(" ");
  return { ok: failed === undefined, summary, facts: { checks: results } };
}

/** Each is loaded when its turn comes: the ones before it may fail. */
async function runCheck(check: Check, context: JobContext): Promise<Result> {
  switch (check.program) {
    case "guard-stopped":
      return (await import("./guard-stopped.ts")).guardStopped.run(check.settings, context);
    case "probe":
      return (await import("./probe.ts")).probe.run(check.settings, context);
    case "pull":
      return (await import("./pull.ts")).pull.run(check.settings, context);
    case "ready":
      return (await import("./ready.ts")).ready.run(check.settings, context);
    case "smoke":
      return (await import("./smoke.ts")).smoke.run(check.settings, context);
    case "warm-up":
      return (await import("./warm-up.ts")).warmUp.run(check.settings, context);
  }
}
