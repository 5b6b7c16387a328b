import { randomBytes } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A PostgreSQL that ends with the process. */
export interface ThrowawayServer {
  /** A superuser's connection to its only database. */
  readonly connect: () => Promise<pg.Client>;
  readonly end: () => Promise<void>;
}

/** PostgreSQL refuses to run as root: there it runs as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const STARTS_WITHIN_MILLISECONDS = 20_000;
/** Signals that end a process which does not listen to them, without the event `exit`. */
const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const SUPERUSER = "postgres";
/** The session's own settings must not change what a statement does, as TimeZone would. */
const SESSION = "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=20000";

/** Starts a server of the binaries in `folder` on a free port of 127.0.0.1. */
export async function startThrowawayServer(folder: string): Promise<ThrowawayServer> {
  const home = mkdtempSync(join(tmpdir(), "zero-downtime-measure-"));
  const throwAway = (): void =>
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  const forget = beforeSignals(() => Promise.resolve(throwAway()));
  try {
    const password = randomBytes(18).toString("base64url");
    writeFileSync(join(home, "password"), password, { mode: 0o600 });
    if (USER.uid !== undefined) {
      chownSync(home, USER.uid, USER.gid);
      chownSync(join(home, "password"), USER.uid, USER.gid);
    }
    const bin = join(reachable(folder, home), "bin");
    makeCluster(bin, home);
    const port = await freePort();
    forget();
    return await start({ bin, home, port, password }, throwAway);
  } catch (error) {
    forget();
    throwAway();
    throw error;
  }
}

function makeCluster(bin: string, home: string): void {
  const words = [
    ...["--pgdata", join(home, "data"), "--pwfile", join(home, "password"), "--username", SUPERUSER],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"],
  ];
  const made = spawnSync(join(bin, "initdb"), words, { ...USER, cwd: home, encoding: "utf8" });
  if (made.status !== 0)
    throw new Error(`Cannot start PostgreSQL as initdb failed: ${made.error?.message ?? made.stderr}`);
}

interface Cluster {
  readonly bin: string;
  readonly home: string;
  readonly port: number;
  readonly password: string;
}

async function start(
  { bin, home, port, password }: Cluster,
  throwAway: () => void,
): Promise<ThrowawayServer> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: "off",
    // Its scans would be counted as a statement's.
    autovacuum: "off",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const child = spawn(join(bin, "postgres"), ["-D", join(home, "data"), ...options], {
    ...USER,
    cwd: home,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  child.unref();
  // Immediate shutdown, as the data is deleted too.
  const stop = (): void => void child.kill("SIGQUIT");
  process.once("exit", stop);
  const end = async (): Promise<void> => {
    forget();
    process.removeListener("exit", stop);
    child.ref();
    stop();
    await ended;
    throwAway();
  };
  const forget = beforeSignals(end);
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port,
      database: "postgres",
      user: SUPERUSER,
      password,
      options: SESSION,
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  for (const until = Date.now() + STARTS_WITHIN_MILLISECONDS; ; await sleep(50)) {
    try {
      await (await connect()).end();
      return { connect, end };
    } catch (error) {
      if (child.exitCode === null && Date.now() < until) continue;
      await end();
      throw error;
    }
  }
}

/**
 * Cleans up when a signal comes, which then ends the process as it would have.
 * @returns a function that undoes this
 */
function beforeSignals(cleanUp: () => Promise<void>): () => void {
  const hear = (signal: NodeJS.Signals): void => {
    forget();
    void cleanUp().finally(() => {
      // Another listener has received it too, and decides.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, hear);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return forget;
}

/** The binaries where the server's user can reach them: the cache may lie below root's home. */
function reachable(folder: string, home: string): string {
  const tried = spawnSync(join(folder, "bin", "postgres"), ["--version"], { ...USER, cwd: "/" });
  if (tried.status === 0) return folder;
  const copy = join(home, "native");
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("Cannot find a free port as the system gave none"));
      });
    });
  });
}
