import * as fs from "node:fs";
import { identify, readIfThere, type ProcessIdentity } from "./process-identity.ts";

/**
 * Marks that every daemon carries in its environment and hands on to its children: they find what a
 * killed `up` started but could not note down.
 */
export function marks(run: string, part: string): Readonly<Record<string, string>> {
  return { ZERO_DOWNTIME_RUN: run, ZERO_DOWNTIME_PART: part };
}

/** Whether the environment of a process (the text of /proc/<pid>/environ) carries the marks. */
export function carriesMarks(environ: string, run: string, part?: string): boolean {
  const entries = environ.split("\0");
  return (
    entries.includes(`ZERO_DOWNTIME_RUN=${run}`) &&
    (part === undefined || entries.includes(`ZERO_DOWNTIME_PART=${part}`))
  );
}

/** All running processes with the marks of this environment, or of one part of it. */
export function markedProcesses(run: string, part?: string): ProcessIdentity[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => carriesMarks(environOf(name), run, part))
    .map((name) => identify(Number(name)))
    .filter((identity) => identity !== undefined);
}

function environOf(pid: string): string {
  try {
    return readIfThere(`/proc/${pid}/environ`) ?? "";
  } catch {
    return ""; // Another user's process: certainly not one of these.
  }
}
