import { join } from "node:path";
import { isSafe, lintFolder } from "../lint/lint-folder.ts";
import { lintLines } from "../lint/lint-lines.ts";
import { projectFolder } from "../stack/project.ts";
import { Trouble } from "../cli-error.ts";

export interface LintOptions {
  readonly json?: boolean;
}

/** `zd lint`: what each statement of the migrations locks, and what to write instead of those that are not safe. */
export async function lint(folder: string | undefined, { json }: LintOptions): Promise<void> {
  const result = await lintFolder({
    folder: folder ?? join(projectFolder(), "migrations"),
    after: null,
    major: null,
  });
  process.stdout.write(`${json === true ? JSON.stringify(result, null, 2) : lintLines(result).join("\n")}\n`);
  if (!isSafe(result)) {
    throw new Trouble(
      "failed",
      "The migrations are not safe as they are.",
      "Write them as it says above, or allow a finding with its reason in migration.yaml.",
    );
  }
}
