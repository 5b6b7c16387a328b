import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { sharesLogin } from "../release/database/logins.ts";
import { PHASES } from "../release/phases.ts";
import { isMoving, type Release } from "../release/release.ts";
import { lint, refusals } from "../schema/lint/lint.ts";
import type { Migration } from "../schema/migration/migration.ts";
import { readMigrations } from "../schema/migration/read-migrations.ts";

/**
 * The migrations in the project's `migrations/` folder, in the order in which they are applied.
 *
 * @throws {pulumi.RunError} with everything that is missing or malformed, each with folder, file
 *   and line
 */
export async function knownMigrations(project = process.cwd()): Promise<readonly Migration[]> {
  try {
    return await readMigrations(join(project, "migrations"));
  } catch (error) {
    throw new pulumi.RunError(
      `${error instanceof Error ? error.message : String(error)}\nNothing was changed.`,
    );
  }
}

/**
 * Lets only safe statements into `expand`, of the migrations that the new version needs and the
 * active one does not. Later stages and ways back, including releases to an older schema, finish
 * what was accepted then, even if rules have become stricter.
 *
 * @throws {pulumi.RunError} with every unsafe statement, its reason and its safe form
 */
export function refuseUnsafe(migrations: readonly Migration[], release: Release): void {
  if (!isMoving(release) || PHASES[release.phase].schema !== "expanded") return;
  const older = release.from.schema ?? "";
  const newer = release.to.schema ?? "";
  const judged = (id: string) => id > older && id <= newer;
  const found = refusals(lint(migrations, { judged, sharesLogin: sharesLogin(release) }));
  if (found.length === 0) return;
  throw new pulumi.RunError(
    `Cannot expand to ${newer} as ${found.length === 1 ? "one rule is" : `${found.length} rules are`} broken:\n${found.join("\n")}\nNothing was changed.`,
  );
}
