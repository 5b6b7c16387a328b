/** PostgreSQL's table locks, weakest first. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** A lock that a statement takes on a table or view that is there before it. */
export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
}

/** The strongest lock on each table, in the order of the tables' names. */
export function strongest(locks: readonly Lock[]): readonly Lock[] {
  const modes = new Map<string, LockMode>();
  for (const { table, mode } of locks) {
    const held = modes.get(table);
    if (held === undefined || isStronger(mode, held)) modes.set(table, mode);
  }
  return [...modes].map(([table, mode]) => ({ table, mode })).sort((a, b) => (a.table < b.table ? -1 : 1));
}

export function isStronger(one: LockMode, other: LockMode): boolean {
  return LOCK_MODES.indexOf(one) > LOCK_MODES.indexOf(other);
}

/** What everybody else must wait with while the lock is held. */
export function blockedBy(mode: LockMode): "reads and writes" | "writes" | "nothing" {
  if (mode === "ACCESS EXCLUSIVE") return "reads and writes";
  return isStronger(mode, "SHARE UPDATE EXCLUSIVE") ? "writes" : "nothing";
}
