import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readMigrations } from "../schema/read-migrations.ts";

/**
 * Ids of the migrations in the project's `migrations/` folder, in the order in which they are applied.
 *
 * @throws {pulumi.RunError} with everything that is missing or malformed, each with folder, file and line
 */
export async function knownMigrations(project = process.cwd()): Promise<string[]> {
  try {
    const migrations = await readMigrations(join(project, "migrations"));
    return migrations.map(({ id }) => id);
  } catch (error) {
    throw new pulumi.RunError(
      `${error instanceof Error ? error.message : String(error)}\nNothing was changed.`,
    );
  }
}
