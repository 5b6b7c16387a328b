import { join } from "node:path";
import { isRefusal } from "../../schema/lint/finding.ts";
import { lint, type Report } from "../../schema/lint/lint.ts";
import { readFolder, UnreadableFolder } from "../../schema/migration/read-migrations.ts";
import { Trouble } from "../cli-error.ts";

/** How a folder of migrations is judged. */
export interface LintSettings {
  /** The folder with one folder for each migration. */
  readonly folder: string;
  /** Judge only the migrations after this one; null: all. */
  readonly after: string | null;
  /** The server's major version; null: any from 14 on. */
  readonly major: number | null;
  /** Both versions may have one login, so that values must tell who inserted a row. */
  readonly sharesLogin: boolean;
}

/** What lint found in a folder; plain data, which `--json` prints. */
export interface LintResult {
  /** As it was given. */
  readonly folder: string;
  /** What cannot be read at all, each with migration, file and line. */
  readonly errors: readonly string[];
  /** What each statement does, in order, with the findings. */
  readonly statements: readonly Report[];
  readonly refused: number;
  readonly allowed: number;
  readonly noticed: number;
}

/**
 * Judges all migrations of a folder: what `zd lint` prints.
 *
 * @throws {Trouble} when the folder cannot be read, holds no migration, or has none of the
 *   name in `after`
 */
export async function lintFolder({ folder, after, major, sharesLogin }: LintSettings): Promise<LintResult> {
  const { migrations, errors } = await readFolder(folder).catch((error: unknown) => {
    throw error instanceof UnreadableFolder ? wrongUse(error.message) : error;
  });
  if (migrations.length === 0 && errors.length === 0) {
    throw wrongUse(
      `Cannot lint ${folder} as it holds no migration: one is a folder such as ${join(folder, "0001-create-book")} with migration.yaml and expand.sql`,
    );
  }
  if (after !== null && !migrations.some(({ id }) => id === after)) {
    throw wrongUse(
      `Cannot lint what comes after ${after} as ${folder} has no such migration: ${migrations.map(({ id }) => id).join(", ")}`,
    );
  }
  const judged = (id: string) => after === null || id > after;
  const statements = lint(migrations, { judged, major, sharesLogin });
  const findings = statements.flatMap((report) => report.findings);
  const refused = findings.filter(isRefusal).length;
  const allowed = findings.filter((finding) => finding.allowed !== null).length;
  return {
    folder,
    errors,
    statements,
    refused,
    allowed,
    noticed: findings.length - refused - allowed,
  };
}

const wrongUse = (message: string): Trouble =>
  new Trouble("usage", message, "zd lint --help explains what can be asked for.");

/** Whether the migrations may be released as they are. */
export function isSafe({ errors, refused }: LintResult): boolean {
  return errors.length === 0 && refused === 0;
}
