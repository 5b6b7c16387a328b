import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Ids of the migrations in the project's `migrations/` folder, in the order in which they are applied. */
export async function knownMigrations(project = process.cwd()): Promise<string[]> {
  const entries = await readdir(join(project, "migrations"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
