import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Folders } from "../folders.ts";
import { marks, markedProcesses } from "./owned-processes.ts";
import { identify, isRunning, readIfThere, type ProcessIdentity } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

/** A program that keeps running after `up` has ended. */
export interface Daemon {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What else its behaviour depends on, such as its configuration: a change restarts it. */
  readonly configuration?: readonly string[];
  /** How it wants to be asked to end. @default "SIGTERM" */
  readonly stopSignal?: NodeJS.Signals;
}

/** What is remembered of a started daemon. */
export interface DaemonRecord extends ProcessIdentity {
  readonly name: string;
  readonly fingerprint: string;
  readonly startedAt: string;
}

const PATIENCE_MILLISECONDS = 10_000;
const SHOWN_LOG_LINES = 15;

export function fingerprintOf(daemon: Daemon): string {
  const parts = [daemon.command, daemon.args, daemon.env ?? {}, daemon.configuration ?? []];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/**
 * Starts a daemon; one that runs as it should is left alone, one that runs otherwise is restarted.
 */
export async function startDaemon(folders: Folders, daemon: Daemon): Promise<void> {
  const record = readRecord(folders, daemon.name);
  const fingerprint = fingerprintOf(daemon);
  if (record !== undefined && isRunning(record)) {
    if (record.fingerprint === fingerprint) return;
    await stopDaemon(folders, daemon.name, daemon.stopSignal);
  }
  await endStrays(folders, daemon.name);
  const identity = spawnDetached(folders, daemon);
  const entry: DaemonRecord = {
    ...identity,
    name: daemon.name,
    fingerprint,
    startedAt: new Date().toISOString(),
  };
  const file = recordFile(folders, daemon.name);
  fs.writeFileSync(`${file}.new`, JSON.stringify(entry));
  fs.renameSync(`${file}.new`, file);
}

function spawnDetached(folders: Folders, daemon: Daemon): ProcessIdentity {
  fs.mkdirSync(folders.logs, { recursive: true });
  fs.mkdirSync(folders.pids, { recursive: true });
  const log = fs.openSync(logFile(folders, daemon.name), "a");
  const child = spawn(daemon.command, daemon.args, {
    cwd: folders.run,
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...plainEnvironment(), ...daemon.env, ...marks(folders.run, daemon.name) },
  });
  fs.closeSync(log);
  // Without a listener a missing program would end this process instead of being reported below.
  child.once("error", () => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw endedAtStart(folders, daemon.name);
  return identity;
}

const endedAtStart = (folders: Folders, name: string): Error =>
  new Error(`Cannot go on as ${name} ended at its start.${logEnding(folders, name)}`);

/** Not the caller's: its proxies, secrets and npm settings are not meant for these programs. */
function plainEnvironment(): Record<string, string> {
  return {
    HOME: process.env["HOME"] ?? "/root",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
}

/**
 * Ends what carries the part's marks but is in no record: the start of an `up` that was killed a
 * moment later.
 */
export async function endStrays(folders: Folders, name?: string): Promise<void> {
  const strays = () =>
    markedProcesses(folders.run, name).filter((stray) => name === undefined || !isShim(stray.pid));
  for (const stray of strays()) signalIfRunning(stray, "SIGKILL");
  const gone = async () => {
    const left = strays();
    return left.length === 0 ? undefined : `still running: ${left.map((stray) => stray.pid).join(", ")}`;
  };
  await waitUntil(`the end of what is left of ${name ?? "the environment"}`, gone, PATIENCE_MILLISECONDS);
}

/** The shim of a container outlives containerd on purpose: the next containerd takes it over. */
function isShim(pid: number): boolean {
  const program = (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0")[0] ?? "";
  return path.basename(program).startsWith("containerd-shim");
}

/** Waits until a daemon is ready; one that ended instead fails at once, with the end of its log. */
export async function awaitDaemon(
  folders: Folders,
  name: string,
  missing: () => Promise<string | undefined>,
  limitMilliseconds = 60_000,
): Promise<void> {
  const check = async (): Promise<string | undefined> => {
    const answer = await missing();
    if (answer !== undefined && !isDaemonRunning(folders, name)) {
      throw endedAtStart(folders, name);
    }
    return answer;
  };
  try {
    await waitUntil(name, check, limitMilliseconds);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}${message.includes("Its log") ? "" : logEnding(folders, name)}`);
  }
}

/** Ends a daemon that this environment started, and nothing else: politely first, then for sure. */
export async function stopDaemon(
  folders: Folders,
  name: string,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  const record = readRecord(folders, name);
  if (record !== undefined && isRunning(record)) {
    const gone = async () => (isRunning(record) ? `pid ${record.pid} still runs` : undefined);
    signalIfRunning(record, signal);
    try {
      await waitUntil(`the end of ${name}`, gone, PATIENCE_MILLISECONDS);
    } catch {
      signalIfRunning(record, "SIGKILL");
      await waitUntil(`the end of ${name}`, gone, PATIENCE_MILLISECONDS);
    }
  }
  fs.rmSync(recordFile(folders, name), { force: true });
}

/** Sends a signal to exactly this process; one that has ended is not an error. */
export function signalIfRunning(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

export function isDaemonRunning(folders: Folders, name: string): boolean {
  const record = readRecord(folders, name);
  return record !== undefined && isRunning(record);
}

export function readRecord(folders: Folders, name: string): DaemonRecord | undefined {
  const text = readIfThere(recordFile(folders, name));
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  return isRecord(parsed) ? parsed : undefined;
}

function isRecord(value: unknown): value is DaemonRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    "startTicks" in value &&
    "bootId" in value &&
    "fingerprint" in value
  );
}

function recordFile(folders: Folders, name: string): string {
  return path.join(folders.pids, `${name}.json`);
}

function logFile(folders: Folders, name: string): string {
  return path.join(folders.logs, `${name}.log`);
}

export function logEnding(folders: Folders, name: string): string {
  const file = logFile(folders, name);
  const text = readIfThere(file)?.trim();
  if (text === undefined || text === "") return ` Its log ${file} is empty.`;
  return ` Its log ${file} ends with:\n${text.split("\n").slice(-SHOWN_LOG_LINES).join("\n")}`;
}
