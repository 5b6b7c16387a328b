import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseMigration, type Migration } from "./migration.ts";
import { FILE_NAMES, type MigrationFiles } from "./migration-files.ts";
import { MIGRATION_ID } from "../sql/names.ts";

/**
 * What a folder holds: the migrations that can be read, in order, and what is wrong with
 * the others.
 */
export interface MigrationFolder {
  readonly migrations: readonly Migration[];
  /** Each with folder, file and line. */
  readonly errors: readonly string[];
}

/** There is no such folder, or it may not be read. */
export class UnreadableFolder extends Error {
  override readonly name = "UnreadableFolder";
}

/**
 * All migrations of a folder, in order; what they do is judged by `lint`.
 * @throws {Error} with every error of every migration, each with folder, file and line
 */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const { migrations, errors } = await readFolder(folder);
  if (errors.length > 0) {
    throw new Error(
      `Cannot use the migrations in ${folder} as ${errors.length} rules are broken:\n${errors.join("\n")}`,
    );
  }
  return migrations;
}

/**
 * As `readMigrations`, with the errors beside what could be read.
 * @throws {UnreadableFolder} when the folder itself cannot be read
 */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const message = `Cannot read the migrations as ${folder} is not a readable folder`;
    throw new UnreadableFolder(message, { cause: error });
  });
  const ids = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  const errors = ids.flatMap((id, index) => misnamed(id, ids[index - 1]));
  const migrations: Migration[] = [];
  for (const id of ids.filter((id) => MIGRATION_ID.test(id))) {
    const files = await readFiles(join(folder, id));
    const missing = (["migration.yaml", "expand.sql"] as const).filter((file) => files[file] === undefined);
    if (missing.length > 0) errors.push(`${id}: ${missing.join(" and ")} missing`);
    else {
      const parsed = await parseMigration(id, files as MigrationFiles);
      if ("errors" in parsed) errors.push(...parsed.errors);
      else migrations.push(parsed.migration);
    }
  }
  return { migrations, errors };
}

async function readFiles(folder: string): Promise<Partial<MigrationFiles>> {
  const present = new Set(await readdir(folder));
  const files: Record<string, string> = {};
  for (const name of FILE_NAMES)
    if (present.has(name)) files[name] = await readFile(join(folder, name), "utf8");
  return files;
}

function misnamed(id: string, before: string | undefined): string[] {
  if (!MIGRATION_ID.test(id))
    return [`${id}: a folder's name must be four digits and words, like 0002-split-street`];
  return before?.slice(0, 4) === id.slice(0, 4)
    ? [`${id}: two migrations have the same number: ${before}, ${id}`]
    : [];
}
