// Entry point of the jobs image: `node main.mjs <program>` runs one job, prints its result and
// exits 0 or 1.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import type { Program } from "../protocol/jobs/programs.ts";
import { SETTINGS_VARIABLE, TERMINATION_LOG_VARIABLE } from "../protocol/jobs/variables.ts";
import { printable, printableIn } from "../release/printable.ts";
import { checkPrograms } from "./checks/check-programs.ts";
import { failedBy, type Job, type JobContext, type Result } from "./job.ts";

/**
 * Each is loaded only when it runs: a guard, which stays, has no memory to spare for the migrate
 * job's SQL parser.
 */
const programs: Readonly<Record<Program, () => Promise<unknown>>> = {
  ...checkPrograms,
  checks: async () => (await import("./checks/checks.ts")).checks,
  guard: async () => (await import("./guard/guard.ts")).guard,
  migrate: async () => (await import("./migrate/migrate.ts")).migrate,
};

/** The kubelet reads at most this many bytes of a termination message. */
const TERMINATION_MESSAGE_BYTES = 4096;

async function runJob<Settings>(job: Job<Settings>, context: JobContext): Promise<Result> {
  const text = process.env[SETTINGS_VARIABLE] ?? "{}";
  const settings = job.settings.safeParse(JSON.parse(text));
  if (!settings.success) {
    return {
      ok: false,
      summary: `Cannot start as ${SETTINGS_VARIABLE} is invalid: ${z.prettifyError(settings.error)}`,
    };
  }
  return job.run(settings.data, context);
}

function terminationMessage(result: Result): string {
  const whole = JSON.stringify(result);
  if (Buffer.byteLength(whole) <= TERMINATION_MESSAGE_BYTES) return whole;
  return JSON.stringify({ ok: result.ok, summary: result.summary.slice(0, TERMINATION_MESSAGE_BYTES / 4) });
}

async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort(new Error("Stopped by SIGTERM")));
  const context: JobContext = {
    log: (line) => process.stdout.write(`${new Date().toISOString()} ${printable(line)}\n`),
    signal: stop.signal,
  };
  let result: Result;
  try {
    const load = Object.hasOwn(programs, name) ? programs[name as Program] : undefined;
    result = load
      ? await runJob((await load()) as Job<unknown>, context)
      : {
          ok: false,
          summary: `Cannot run "${name}" as the programs are ${Object.keys(programs).join(", ")}`,
        };
  } catch (error) {
    result = failedBy(error);
  }
  result = printableIn(result);
  context.log(JSON.stringify(result));
  const file = process.env[TERMINATION_LOG_VARIABLE];
  if (file) writeFileSync(file, terminationMessage(result));
  // Kept-alive sockets and pools must not keep a finished job from ending.
  process.exit(result.ok ? 0 : 1);
}

await main();
