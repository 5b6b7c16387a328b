import type { Limits } from "../../../protocol/jobs/backfill-limits.ts";

/** What one check of the database shows while rows are written. */
export interface Signs {
  /** Standbys and subscribers that are streaming; a figure is null where the server has none. */
  readonly replicas: readonly {
    readonly name: string | null;
    readonly secondsBehind: number | null;
    readonly bytesBehind: number | null;
  }[];
  /** Replicas whose figures the login may not see. */
  readonly hiddenReplicas: number;
  /** Sessions of others that have waited for a lock for longer than half a second. */
  readonly waiting: number;
  /** Sessions of others that wait for a lock of the walk's own, however short. */
  readonly heldUp: number;
  /** Row versions of the table that no vacuum has removed yet. */
  readonly deadRows: number;
  /** The planner's estimate of the table's rows. */
  readonly liveRows: number;
  /**
   * How long a one-row write and its commit took recently: the median of the last few, in
   * milliseconds.
   */
  readonly pulseMilliseconds: number;
  /** Transactions of others that wrote, on the whole server. Each second. */
  readonly writesOfOthers: number;
}

/**
 * Which limit is exceeded now, for people; null if none is. `before` is the check before the first
 * row was written.
 */
export function pressure(
  now: Signs,
  before: Pick<Signs, "waiting" | "pulseMilliseconds">,
  limits: Limits,
): string | null {
  for (const { name, secondsBehind, bytesBehind } of now.replicas) {
    const who = `replica ${name ?? "without a name"}`;
    if ((secondsBehind ?? 0) > limits.replicaSeconds) {
      return `${who} is ${rounded(secondsBehind ?? 0)} s behind (limit ${limits.replicaSeconds} s)`;
    }
    const mebibytes = (bytesBehind ?? 0) / 2 ** 20;
    if (mebibytes > limits.replicaMebibytes) {
      return `${who} is ${rounded(mebibytes)} MiB behind (limit ${limits.replicaMebibytes} MiB)`;
    }
  }
  if (now.waiting > before.waiting + limits.waiting) {
    return `${now.waiting} sessions wait for locks (limit ${limits.waiting} beyond the ${before.waiting} before)`;
  }
  const slow = slowFrom(before, limits);
  if (now.pulseMilliseconds > slow) {
    return `a write of one row takes ${rounded(now.pulseMilliseconds)} ms (limit ${rounded(slow)} ms; ${rounded(before.pulseMilliseconds)} ms before)`;
  }
  return null;
}

/** A write of one row that takes longer is too slow. Milliseconds. */
export function slowFrom({ pulseMilliseconds }: Pick<Signs, "pulseMilliseconds">, limits: Limits): number {
  return Math.max(limits.pulseMilliseconds, pulseMilliseconds * limits.pulseFactor);
}

/**
 * Whether to remove dead rows before making more; `kept` of them could not be removed when that was
 * last tried.
 */
export function needsVacuum({ deadRows, liveRows }: Signs, kept: number, limits: Limits): boolean {
  return deadRows - kept > Math.max(limits.deadRows, limits.deadShare * liveRows);
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
