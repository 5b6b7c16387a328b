import { lint, refusals, type LintOptions, type Report } from "../../../schema/lint/lint.ts";
import { parseMigration, type Migration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { renaming } from "../../support/postgres/small-migrations.ts";

/** What lint says of the renaming migration with some of its files replaced. */
export async function reports(
  parts: Partial<MigrationFiles>,
  { table, ...options }: LintOptions & { table?: string } = {},
): Promise<readonly Report[]> {
  const migrations: Migration[] = [];
  for (const [id, files] of Object.entries(renaming(parts, table))) {
    const parsed = await parseMigration(id, files as MigrationFiles);
    if ("errors" in parsed) throw new Error(parsed.errors.join("\n"));
    migrations.push(parsed.migration);
  }
  return lint(migrations, options);
}

/** Why the migration would be refused. */
export async function errors(parts: Partial<MigrationFiles>): Promise<readonly string[]> {
  try {
    return refusals(await reports(parts));
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

/** What the renaming migration adds. */
export const ADD = "ALTER TABLE item ADD COLUMN new_name text;";
