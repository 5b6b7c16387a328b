import { checksSettings, type ChecksSettings } from "../../protocol/jobs/checks-settings.ts";
import { failedBy, type Job, type JobContext, type Result } from "../job.ts";
import { checkPrograms, type CheckProgram, type CheckSettings } from "./check-programs.ts";

/** A program with the settings that it has read. */
interface CheckOf<P extends CheckProgram> {
  readonly program: P;
  readonly settings: CheckSettings[P];
}

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
  const results: (Result & { readonly name: string })[] = [];
  for (const check of asked) {
    context.log(`${check.name} (${results.length + 1} of ${asked.length})`);
    const result = await run(check, context).catch(failedBy);
    results.push({ name: check.name, ...result });
    if (!result.ok) break;
    context.log(result.summary);
  }
  const failed = results.find(({ ok }) => !ok);
  const summary = failed?.summary ?? results.map((result) => result.summary).join(" ");
  return { ok: failed === undefined, summary, facts: { checks: results } };
}

/** Each is loaded when its turn comes: the ones before it may fail. */
async function runCheck<P extends CheckProgram>(
  { program, settings }: CheckOf<P>,
  context: JobContext,
): Promise<Result> {
  const job = await checkPrograms[program]();
  return job.run(settings, context);
}
