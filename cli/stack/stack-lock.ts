/** Who holds a stack. */
export interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * The holders that Pulumi names where a stack kept in files or in a bucket is locked; none where it
 * does not say.
 */
export const locksIn = (message: string): Lock[] =>
  [...message.matchAll(/created by ([^\s@]+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = "", host = "", pid, since = ""]) => ({ user, host, pid: Number(pid), since }),
  );

/** What this machine knows about its own processes. */
export interface Machine {
  readonly host: string;
  /** The command line of a process; null where there is none of that id. */
  readonly commandOf: (pid: number) => string | null;
}

/**
 * True where the process that held the lock is gone: its number is free, or belongs to something
 * else by now.
 */
export function isStale(lock: Lock, machine: Machine): boolean {
  if (lock.host !== machine.host) return false;
  const command = machine.commandOf(lock.pid);
  return command === null || !command.includes("pulumi");
}

/** A holder in words. */
export const describeLock = (lock: Lock, machine: Machine): string => {
  const where = lock.host === machine.host ? "on this machine" : `on ${lock.host}`;
  return `process ${lock.pid} of ${lock.user} ${where}, since ${lock.since}`;
};
