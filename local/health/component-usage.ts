import { readRecord } from "../machine/daemon.ts";
import type { Folders } from "../folders.ts";
import { markedProcesses } from "../machine/owned-processes.ts";
import { isRunning, readIfThere } from "../machine/process-identity.ts";

/** What the process of a part costs, for `status`. */
export interface Usage {
  readonly pid: number;
  readonly uptimeMilliseconds: number;
  /** Its own share of memory, with that of its children. */
  readonly memoryBytes: number;
}

/** @returns `undefined` for a part without a process, or whose process has ended. */
export function usageOf(folders: Folders, name: string): Usage | undefined {
  const record = readRecord(folders, name);
  if (record === undefined || !isRunning(record)) return undefined;
  const shares = markedProcesses(folders.run, name).map(({ pid }) => proportionalBytes(pid));
  return {
    pid: record.pid,
    uptimeMilliseconds: Date.now() - Date.parse(record.startedAt),
    memoryBytes: shares.reduce((sum, share) => sum + share, 0),
  };
}

/** The proportional set size: memory shared by n processes counts 1/n for each. */
function proportionalBytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
