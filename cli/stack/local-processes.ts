import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Machine } from "./stack-lock.ts";

export const thisMachine: Machine = {
  host: hostname(),
  commandOf: (pid) => {
    if (!isAlive(pid)) return null;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      // No /proc here, as on macOS: that it lives is all that is known.
      return "pulumi, presumably";
    }
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
