import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { databaseTls } from "../../../protocol/database-tls.ts";
import { printable } from "../../../release/printable.ts";
import { identifier, list, sql, type Sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import { isStandby, pinSettings } from "./session-settings.ts";

/** Sees every text before and after it is sent; a test stops the runner here. */
export type Observer = (moment: "before" | "after", text: string) => void;

type Row = Record<string, unknown>;

/** Whether a statement comes again and again with other values, so that it pays to have the server parse and plan it only once. */
export type Frequency = "once" | "repeated";

/** Enough that one of them met nothing on the way. */
const TRIPS = 5;

/** A direct connection to the database. */
export class Session {
  readonly #client: pg.Client;
  readonly #observe: Observer;
  /** Names of the repeated statements, by their text. */
  readonly #prepared = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #searchedIn: readonly string[] = [];
  #answers = 0;

  constructor(client: pg.Client, observe: Observer) {
    this.#client = client;
    this.#observe = observe;
  }

  async rows<T extends Row = Row>(
    text: Sql,
    values: readonly unknown[] = [],
    frequency: Frequency = "once",
  ): Promise<readonly T[]> {
    return (await this.#send<T>(text, values, frequency)).rows;
  }

  /** Number of rows that the statement touched. */
  async run(text: Sql, values: readonly unknown[] = [], frequency: Frequency = "once"): Promise<number> {
    return (await this.#send(text, values, frequency)).rowCount ?? 0;
  }

  /** Several statements without parameters in one message, for which one round trip is enough; the rows of each. */
  async message(texts: readonly Sql[]): Promise<readonly (readonly Row[])[]> {
    const results: unknown = await this.#send(list(texts, "; "), [], "once");
    return (Array.isArray(results) ? results : [results]).map((result: pg.QueryResult<Row>) => result.rows);
  }

  /** Everything or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      await this.run(sql`BEGIN`);
      result = await work();
    } catch (error) {
      // A connection that is gone has rolled back already, and the first error is the one to tell.
      await this.run(sql`ROLLBACK`).catch(() => undefined);
      throw error;
    }
    await this.run(sql`COMMIT`);
    return result;
  }

  /** Does `work` and takes back whatever it did. */
  async trial<T>(work: () => Promise<T>): Promise<T> {
    await this.run(sql`BEGIN`);
    try {
      return await work();
    } finally {
      await this.run(sql`ROLLBACK`);
    }
  }

  /** Where names without a schema are looked up, after PostgreSQL's own: those come first as long as the path does not name them. */
  async searchIn(schemas: readonly string[], scope: "session" | "transaction" = "session"): Promise<void> {
    const others = [...new Set(schemas)].filter((schema) => schema !== "pg_catalog");
    if (scope === "session") this.#searchedIn = others;
    const path = list(others.map((schema) => identifier(schema))).text;
    await this.run(sql`SELECT pg_catalog.set_config('search_path', $1, $2)`, [path, scope === "transaction"]);
  }

  /** Does `work` while names without a schema are looked up in these, as by `searchIn`; in none afterwards. */
  async whileSearchingIn<T>(schemas: readonly string[], work: () => Promise<T>): Promise<T> {
    await this.searchIn(schemas);
    try {
      return await work();
    } finally {
      // A connection that is gone looks up nothing, and the first error is the one to tell.
      await this.searchIn([]).catch(() => undefined);
    }
  }

  /** Where names are looked up in this session, as `searchIn` has set it. */
  get searchedIn(): readonly string[] {
    return this.#searchedIn;
  }

  async processId(): Promise<number> {
    const [row] = await this.rows<{ pid: number }>(sql`SELECT pg_catalog.pg_backend_pid() AS pid`);
    return row?.pid ?? 0;
  }

  /** How often the server has answered so far. */
  get answers(): number {
    return this.#answers;
  }

  /** What a message to the server and its answer spend on the way, or hardly more: the quickest of a few that ask for nothing. Milliseconds. */
  async timeOnTheWay(): Promise<number> {
    let quickest = Infinity;
    for (let trip = 0; trip < TRIPS; trip++) {
      const begun = performance.now();
      await this.run(sql`SELECT`);
      quickest = Math.min(quickest, performance.now() - begun);
    }
    return quickest;
  }

  /** The process that greeted us; a pooler's greeting names none of the server's. */
  get greetedBy(): number {
    return (this.#client as unknown as { processID: number | null }).processID ?? 0;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #send<T extends Row>(
    { text }: Sql,
    values: readonly unknown[],
    frequency: Frequency,
  ): Promise<pg.QueryResult<T>> {
    const named = frequency === "repeated" ? { name: this.#nameOf(text) } : {};
    // One after the other: the watcher is asked by several parts at once.
    const turn = this.#last.then(async () => {
      this.#observe("before", text);
      const result = await this.#client.query<T>(
        values.length === 0 ? { text } : { text, values: [...values], ...named },
      );
      this.#answers++;
      this.#observe("after", text);
      return result;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #nameOf(text: string): string {
    const name = this.#prepared.get(text) ?? `repeated_${this.#prepared.size}`;
    this.#prepared.set(text, name);
    return name;
  }
}

/** How long a database that does not answer yet is waited for. */
const CONNECT_SECONDS = 20;

/**
 * Connects as the PG* variables say.
 * @param seconds how long a database that does not answer, or has no connection left, is asked again
 * @throws {Refusal} at most 10 seconds after that, with what to look at
 */
export async function connect(
  application: string,
  log: (line: string) => void,
  observe: Observer,
  seconds = CONNECT_SECONDS,
): Promise<Session> {
  const until = Date.now() + seconds * 1000;
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({
      application_name: application,
      ssl: databaseTls(process.env["PGSSLMODE"]),
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    // Without a listener a connection that breaks between two queries would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const session = new Session(client, observe);
      await pinSettings(session);
      if (await isStandby(session)) throw new Standby();
      return session;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof Refusal) throw error;
      if (!isUnreachable(error) || Date.now() > until) throw connectRefusal(error);
      if (attempt === 0) log(`Waiting for PostgreSQL: ${messageOf(error)}`);
      await sleep(500);
    }
  }
}

/** Works as the owner of the tables from here on. @throws {Refusal} when the login may not */
export async function becomeOwner(session: Session, owner: string): Promise<void> {
  try {
    await session.run(sql`SET ROLE ${identifier(owner)}`);
  } catch (error) {
    throw new Refusal(
      `Cannot work on the schema as login ${process.env["PGUSER"] ?? ""} is not a member of role "${owner}": ${messageOf(error)}. Grant it: GRANT "${owner}" TO "${process.env["PGUSER"] ?? ""}"`,
    );
  }
}

/** What is asked of a session to know who is behind it. */
export type Greeted = Pick<Session, "processId" | "greetedBy" | "transaction">;

/**
 * A pooler that lends a server connection for one transaction makes session locks and settings void.
 * @throws {Refusal} when the connection goes through such a one
 */
export async function refuseTransactionPool(session: Greeted, other: Greeted): Promise<void> {
  const before = await session.processId();
  if (before === session.greetedBy) return;
  // Whoever opens a transaction takes the connection that was given back last: ours, if it was given back.
  const after = await other.transaction(async () => {
    await other.processId();
    return session.processId();
  });
  if (before === after) return;
  throw new Refusal(
    `Cannot work through a transaction-mode pooler as locks and settings of a session are void there: two queries of one connection ran in processes ${before} and ${after}. Give the migrate job the database's own host and port, or a session-mode pool`,
  );
}

/** SQLSTATE of a server's error; the system's code of a network error. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  // Without DETAIL, which quotes rows and keys.
  return printable(error instanceof Error ? error.message : String(error));
}

/** The lock was not to be had in time, or a deadlock or a concurrent write ended the attempt: the same again may work. */
export function isLockFailure(error: unknown): boolean {
  return ["55P03", "40P01", "40001"].includes(codeOf(error));
}

/** The connection is gone, or the server is going: nothing is known of the last statement but what the catalog and the ledger say. */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(08...|57P0[1-5])$/.test(code) || code.startsWith("E")) return true;
  return error instanceof Error && /^Connection terminated|not queryable/.test(error.message);
}

/** A standby may become the primary soon, as in a failover. */
class Standby extends Error {
  constructor() {
    super("it is a standby, and the schema can only be changed on the primary");
  }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof Standby) return true;
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ECONNRESET", "57P03", "53300"].includes(
    codeOf(error),
  );
}

function connectRefusal(error: unknown): Refusal {
  const place = `${process.env["PGHOST"] ?? "localhost"}:${process.env["PGPORT"] ?? "5432"}`;
  const advice: Readonly<Record<string, string>> = {
    "28P01": `the password of login ${process.env["PGUSER"] ?? ""} is wrong`,
    "28000": `login ${process.env["PGUSER"] ?? ""} is not let in`,
    "3D000": `there is no database ${process.env["PGDATABASE"] ?? ""}`,
    "53300": "all its connections are taken",
  };
  if (error instanceof Standby) {
    return new Refusal(
      `Cannot work on the database at ${place} as ${error.message}. Nothing was changed; set database.host and database.port to the primary`,
    );
  }
  const isUntrusted = /CERT|VERIFY|ISSUER/.test(codeOf(error));
  const known = isUntrusted
    ? `its certificate is not to be trusted (${codeOf(error)}); database.sslmode "require" encrypts without looking at who signed it`
    : advice[codeOf(error)];
  return new Refusal(
    `Cannot reach the database at ${place} as ${known ?? "it does not answer"}: ${messageOf(error)}. Nothing was changed; check database.host, database.port and the login's password`,
  );
}
