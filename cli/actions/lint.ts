import { join, relative } from "node:path";
import { indented } from "../../schema/lint/lint.ts";
import { Trouble } from "../cli-error.ts";
import { isSafe, lintFolder, type LintResult } from "../lint/lint-folder.ts";
import { footprint, lintLines, statementLines } from "../lint/lint-lines.ts";
import type { PlannedStatement } from "../lint/measure/measure-folder.ts";
import { endAtOnceWhenInterrupted } from "../stack/interrupt.ts";
import { projectFolder } from "../stack/project.ts";
import { paint } from "../terminal/paint.ts";

export interface LintOptions {
  readonly json?: boolean;
  /** Judge only the migrations after this one. */
  readonly after?: string;
  /** The server's major version. */
  readonly postgres?: number;
  /** Both versions may have one login. */
  readonly sharesLogin?: boolean;
  /** Major version of the throwaway server to run every statement on. */
  readonly measure?: number;
  /** A dump of the schema, for the throwaway server. */
  readonly schema?: string;
}

/**
 * `zd lint`: what each statement of the migrations locks, and what to write instead of those that
 * are not safe.
 */
export async function lint(given: string | undefined, options: LintOptions): Promise<void> {
  endAtOnceWhenInterrupted();
  const folder = given ?? (relative(process.cwd(), join(projectFolder(), "migrations")) || ".");
  const { result, plan } = await judged(folder, options);
  const lines = plan === null ? lintLines(result) : plan.flatMap((planned) => planLines(planned, folder));
  process.stdout.write(
    `${options.json === true ? JSON.stringify(plan ?? result, null, 2) : lines.join("\n")}\n`,
  );
  if (!isSafe(result)) {
    throw new Trouble(
      "failed",
      "The migrations are not safe as they are.",
      "Write them as it says above, or put the reason above the statement: -- allow <rule>: <reason>",
    );
  }
  if (plan?.some(({ failure, differences }) => failure !== null || differences.length > 0)) {
    throw new Trouble(
      "failed",
      "A statement did something else on the throwaway PostgreSQL than lint says.",
      "Each says above what it was.",
    );
  }
}

/**
 * What lint says, and what was measured; null without --measure, or where a migration cannot be
 * read.
 */
async function judged(
  folder: string,
  { measure, ...options }: LintOptions,
): Promise<{ readonly result: LintResult; readonly plan: readonly PlannedStatement[] | null }> {
  const after = options.after ?? null;
  const { sharesLogin = false } = options;
  const result = await lintFolder({ folder, after, major: measure ?? options.postgres ?? null, sharesLogin });
  if (measure === undefined || result.errors.length > 0) return { result, plan: null };
  const { measureFolder } = await import("../lint/measure/measure-folder.ts");
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const dump = options.schema ?? null;
  return { result, plan: await measureFolder({ folder, after, major: measure, dump, say }) };
}

function planLines(
  { report, measured, failure, differences }: PlannedStatement,
  folder: string,
): readonly string[] {
  return [
    ...statementLines(report, folder),
    ...(measured === null
      ? []
      : [
          `  measured: ${footprint({ ...measured, scans: measured.scans ?? [], rewrites: measured.rewrites ?? [] })}`,
        ]),
    ...(failure === null ? [] : [`  ${paint("red", "it failed:")}\n${indented(failure)}`]),
    ...differences.map((difference) => `  ${paint("red", difference)}`),
  ];
}
