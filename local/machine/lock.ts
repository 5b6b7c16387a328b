import * as fs from "node:fs";
import * as path from "node:path";
import { identify, isSame, readIfThere, type ProcessIdentity } from "./process-identity.ts";
import type { Report } from "../report.ts";

const POLL_MILLISECONDS = 200;
const LIMIT_MILLISECONDS = 45 * 60_000;

/**
 * Runs an action while nobody else does in the same cache; a lock left behind by a killed process
 * does not count.
 */
export async function withLock<T>(cache: string, report: Report, action: () => Promise<T>): Promise<T> {
  fs.mkdirSync(cache, { recursive: true });
  const file = path.join(cache, "lock");
  const deadline = Date.now() + LIMIT_MILLISECONDS;
  let said = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined || !isSame(holder, identify(holder.pid))) {
      breakLock(file, holder);
      continue;
    }
    if (!said) report.say(`Another up or down (pid ${holder.pid}) is at work; waiting for it.`);
    said = true;
    if (Date.now() > deadline) {
      throw new Error(
        `Cannot go on as pid ${holder.pid} has held ${file} for 45 minutes. Is it stuck? Then: kill ${holder.pid}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  try {
    return await action();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Linking a finished file is atomic: nobody ever sees a lock without its holder. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function holderOf(file: string): ProcessIdentity | undefined {
  const text = readIfThere(file);
  return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
}

/**
 * Renaming first: of two that find the same dead lock only one removes it, and none
 * removes a fresh one.
 */
function breakLock(file: string, dead: ProcessIdentity | undefined): void {
  if (dead === undefined) return;
  const aside = `${file}.dead.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  const taken = readIfThere(aside);
  if (taken !== undefined && !isSame(JSON.parse(taken) as ProcessIdentity, dead)) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
}
