import * as fs from "node:fs";

/** A process for good: the pid alone may be somebody else's tomorrow. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and its start, field 22 of /proc/<pid>/stat. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** Field 22 of a /proc/<pid>/stat line; the command name before it may hold spaces and brackets. */
export function startTicksOf(stat: string): number {
  const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(afterName[19]);
}

export function stateOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

/** @returns `undefined` if there is no such process, or only its zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined || stateOf(stat) === "Z") return undefined;
  return { pid, startTicks: startTicksOf(stat), bootId: bootId() };
}

export function isSame(a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.pid === b.pid &&
    a.startTicks === b.startTicks &&
    a.bootId === b.bootId
  );
}

export function isRunning(identity: ProcessIdentity): boolean {
  return isSame(identity, identify(identity.pid));
}

export function bootId(): string {
  return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** The content of a file that may vanish at any moment, as those in /proc do. */
export function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** ESRCH is what /proc answers for a process that ended between open and read. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ESRCH" || error.code === "ENOTDIR")
  );
}
