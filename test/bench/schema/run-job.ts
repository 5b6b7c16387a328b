import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Result } from "../../../jobs/job.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";
import { migrateSettingsFor } from "../../support/postgres/migrate-settings.ts";
import type { TestDatabase } from "../../support/postgres/test-database.ts";
import type { Subject } from "./subject.ts";

/** A line of the Job's log. */
export interface Line {
  /** Milliseconds of the clock that the Job wrote before it. */
  readonly at: number;
  readonly text: string;
}

/** What the Job is told of a subject. */
type Migrated = Pick<Subject, "folder" | "from" | "to">;

export interface JobRun {
  readonly result: Result;
  readonly lines: readonly Line[];
}

/**
 * Runs the migrate Job as the cluster does: a process of its own. `stopAfter` ends it as a deleted
 * pod is ended, once a line matches.
 */
export async function runJob(
  database: TestDatabase,
  subject: Migrated,
  parts: Partial<MigrateSettings>,
  options: { readonly stopAfter?: RegExp; readonly onLine?: (line: Line) => void } = {},
): Promise<JobRun> {
  const settings = migrateSettingsFor(database, {
    from: subject.from,
    to: subject.to,
    folder: subject.folder,
    deadlineSeconds: 1800,
    ...parts,
  });
  const child = spawn(process.execPath, ["jobs/main.ts", "migrate"], {
    env: {
      ...process.env,
      ...database.environment(),
      ZERO_DOWNTIME_SETTINGS: JSON.stringify(settings),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on("line", (whole) => {
    const space = whole.indexOf(" ");
    const line = { at: Date.parse(whole.slice(0, space)), text: whole.slice(space + 1) };
    lines.push(line);
    options.onLine?.(line);
    if (options.stopAfter?.test(line.text)) child.kill("SIGTERM");
  });
  await once(child, "close");
  const last = lines.at(-1)?.text ?? "";
  if (!last.startsWith("{")) throw new Error(`Cannot measure as the Job ended without a result: ${last}`);
  return { result: JSON.parse(last) as Result, lines };
}

/** As `runJob`, for a run that must reach its goal. */
export async function reach(
  database: TestDatabase,
  subject: Migrated,
  parts: Partial<MigrateSettings>,
): Promise<JobRun> {
  const run = await runJob(database, subject, parts);
  if (!run.result.ok) throw new Error(`Cannot measure as ${parts.goal ?? ""} failed: ${run.result.summary}`);
  return run;
}

/** A figure of the result. */
export function fact(run: JobRun, name: string): number {
  return Number(run.result.facts?.[name] ?? Number.NaN);
}
