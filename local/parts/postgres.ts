import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Client } from "pg";
import { command, succeeds } from "../machine/command.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { folderOf } from "../build/dependency.ts";
import { network, onBridge, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { readIfThere } from "../machine/process-identity.ts";
import { postgresql } from "../build/toolchain.ts";

const NAME = "postgres";
const SUPERUSER = "postgres";
/** PostgreSQL refuses to run as root. */
const SYSTEM_USER = "zero-downtime";

/** PostgreSQL, on 127.0.0.1 and on the bridge. */
export const postgres: Part = {
  name: NAME,
  needs: [postgresql],
  listens: [...onBridge(ports.postgres), ...onLoopback(ports.postgres)],
  install: async (context) => {
    if (await succeeds("getent", ["passwd", SYSTEM_USER])) return;
    context.report.say(`Adding the system user ${SYSTEM_USER} (PostgreSQL refuses to run as root)`);
    await command("useradd", [
      "--system",
      "--no-create-home",
      "--home-dir",
      "/nonexistent",
      "--shell",
      "/usr/sbin/nologin",
      SYSTEM_USER,
    ]);
  },
  start: async (context) => {
    await makeCluster(context);
    await startDaemon(context.folders, {
      name: NAME,
      ...(await asDatabaseUser(context, [
        "/mnt/postgresql/bin/postgres",
        "-D",
        "/mnt/data/cluster",
        ...settings(),
      ])),
      // SIGINT is a fast stop: it ends the sessions instead of waiting for them.
      stopSignal: "SIGINT",
    });
    await awaitDaemon(context.folders, NAME, () => postgres.ready(context));
  },
  ready: async (context) => {
    const client = new Client({ ...database(context), database: "postgres", connectionTimeoutMillis: 2000 });
    try {
      await client.connect();
      await client.query("select 1");
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  },
  stop: (context) => stopDaemon(context.folders, NAME, "SIGINT"),
  address: () => `${network.nodeAddress}:${ports.postgres} and ${network.loopback}:${ports.postgres}`,
};

/** How the superuser connects, from pods and from this machine. */
export function database(context: Context): { host: string; port: number; user: string; password: string } {
  const password = readIfThere(passwordFile(context)) ?? "";
  return { host: network.nodeAddress, port: ports.postgres, user: SUPERUSER, password };
}

export async function databaseVersion(context: Context): Promise<string> {
  const client = new Client({ ...database(context), database: "postgres", connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    return rows[0]?.server_version ?? "";
  } finally {
    await client.end();
  }
}

/**
 * The user that `install` made; userdel refuses, rightly, while the environment of another cache
 * uses it.
 */
export async function removeSystemUser(): Promise<void> {
  if (await succeeds("getent", ["passwd", SYSTEM_USER])) await succeeds("userdel", [SYSTEM_USER]);
}

function passwordFile(context: Context): string {
  return path.join(context.folders.run, "postgres-password");
}

function dataFolder(context: Context): string {
  return path.join(context.folders.run, NAME);
}

function settings(): string[] {
  const values = {
    listen_addresses: `${network.loopback},${network.nodeAddress}`,
    port: String(ports.postgres),
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "128MB",
    password_encryption: "scram-sha-256",
    log_min_messages: "warning",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/**
 * A command as the database's user. The cache may lie below root's home, which that user cannot
 * enter: so the command sees the two folders it needs under /mnt, in a mount namespace of its own
 * that ends with it.
 */
async function asDatabaseUser(
  context: Context,
  words: readonly string[],
): Promise<{ command: string; args: string[] }> {
  const script = [
    "set -e",
    "mount -t tmpfs -o mode=755 none /mnt",
    "mkdir /mnt/postgresql /mnt/data",
    'mount --bind "$1" /mnt/postgresql',
    'mount --bind "$2" /mnt/data',
    "shift 2",
    "cd /mnt/data",
    `exec setpriv --reuid ${SYSTEM_USER} --regid ${SYSTEM_USER} --clear-groups "$@"`,
  ].join("\n");
  const places = [folderOf(context.folders, postgresql), dataFolder(context)];
  return {
    command: "unshare",
    args: ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ...places, ...words],
  };
}

async function makeCluster(context: Context): Promise<void> {
  const folder = dataFolder(context);
  const cluster = path.join(folder, "cluster");
  if (fs.existsSync(cluster)) return;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  const password = randomBytes(18).toString("base64url");
  const handover = path.join(folder, "password");
  fs.writeFileSync(handover, password, { mode: 0o600 });
  await command("chown", ["-R", `${SYSTEM_USER}:`, folder]);
  const init = await asDatabaseUser(context, [
    "/mnt/postgresql/bin/initdb",
    ...["-D", "/mnt/data/new", "-U", SUPERUSER, "--pwfile=/mnt/data/password", "--auth=scram-sha-256"],
    ...[
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-sync",
    ],
  ]);
  await command(init.command, init.args, { purpose: "make the database cluster" });
  fs.rmSync(handover);
  fs.writeFileSync(passwordFile(context), password, { mode: 0o600 });
  const access = ["127.0.0.1/32", network.wholeRange].map((range) => `host all all ${range} scram-sha-256`);
  fs.writeFileSync(path.join(folder, "new", "pg_hba.conf"), `${access.join("\n")}\n`);
  fs.renameSync(path.join(folder, "new"), cluster);
}
