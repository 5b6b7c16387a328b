import type { Migration } from "../migration/migration.ts";
import type { LockClass } from "./change.ts";
import { lint } from "../lint/lint.ts";
import { blockedBy } from "../lint/lock-mode.ts";

/**
 * How a statement of expand.sql, by its place from 0, waits for the locks that lint says it takes.
 */
export function lockClassOf(migration: Migration, index: number): LockClass {
  const statements = lint([migration]).filter(({ file, sql }) => file === "expand.sql" && sql !== null);
  const locks = statements[index]?.locks ?? [];
  if (locks.some(({ mode }) => blockedBy(mode) !== "nothing")) return "brief";
  if (locks.length > 0) return "patient";
  // What lint cannot look into may lock anything.
  return migration.expand[index]?.effect.kind === "other" ? "brief" : "none";
}
