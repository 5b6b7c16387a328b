/** What a look at the database shows while rows are written. */
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
  /** Row versions of the table that no vacuum has removed yet. */
  readonly deadRows: number;
  /** The planner's estimate of the table's rows. */
  readonly liveRows: number;
  /** How long a write of one row and its commit took lately: the median of the last few, in milliseconds. */
  readonly pulseMilliseconds: number;
  /** Transactions of others that wrote, on the whole server. Each second. */
  readonly writesOfOthers: number;
}

/** From where on the backfill gives way, and how far; each in the unit of its name. */
export interface Limits {
  /** How old what the slowest replica has applied may be. @default 5 */
  readonly replicaSeconds: number;
  /** How much log the slowest replica may have to apply still. @default 64 */
  readonly replicaMebibytes: number;
  /** Sessions that may wait for locks beyond those that did before. @default 5 */
  readonly waiting: number;
  /** Dead rows of the table that are always let be. @default 5,000,000 */
  readonly deadRows: number;
  /** Dead rows of the table that are let be, as a part of its rows. @default 0.5 */
  readonly deadShare: number;
  /** How much longer than before a write may take. @default 3 */
  readonly pulseFactor: number;
  /** Writes that take less are never too slow. @default 20 */
  readonly pulseMilliseconds: number;
  /** How long to rest after each step while others write, as a part of what the step took; 0 goes on as if nobody wrote. @default 1 */
  readonly restShare: number;
}

export const LIMITS: Limits = {
  replicaSeconds: 5,
  replicaMebibytes: 64,
  waiting: 5,
  deadRows: 5_000_000,
  deadShare: 0.5,
  pulseFactor: 3,
  pulseMilliseconds: 20,
  restShare: 1,
};

/** What is too much now, for people; null when nothing is. `before` is what a look showed before the first row was written. */
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
  const slow = Math.max(limits.pulseMilliseconds, before.pulseMilliseconds * limits.pulseFactor);
  if (now.pulseMilliseconds > slow) {
    return `a write of one row takes ${rounded(now.pulseMilliseconds)} ms (limit ${rounded(slow)} ms; ${rounded(before.pulseMilliseconds)} ms before)`;
  }
  return null;
}

/** Whether to remove dead rows before making more; `kept` of them could not be removed when that was last tried. */
export function needsVacuum({ deadRows, liveRows }: Signs, kept: number, limits: Limits): boolean {
  return deadRows - kept > Math.max(limits.deadRows, limits.deadShare * liveRows);
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
