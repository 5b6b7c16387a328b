// Connections to the server, opened when something is done and closed after it.
import type { Client as PgClient } from "pg";
import type { Connection } from "./connection-settings.ts";
import { connectError, PgError } from "./pg-error.ts";

/** A row by column names. */
export type Row = Readonly<Record<string, unknown>>;

/** One connection, inside or outside of a transaction. */
export interface Session {
  /** Runs a statement. Throws a PgError. */
  run(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** The server as the provider is configured to reach it. */
export class Server {
  readonly connection: Connection;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #version: Promise<number> | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** The database that the provider connects to. */
  get database(): string {
    return this.connection.database;
  }

  /** The role that the provider acts as. */
  get user(): string {
    return this.connection.databaseUsername || this.connection.username;
  }

  /** The server's major version. */
  async version(): Promise<number> {
    this.#version ??= this.session("", async (session) => {
      const [row] = await session.run("SHOW server_version_num");
      return Math.floor(Number(row?.["server_version_num"]) / 10_000);
    });
    return this.#version.catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
  }

  /** Connects to a database (the provider's own when empty), works, and disconnects. */
  async session<Result>(database: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    await this.#enter();
    let client: PgClient | undefined;
    try {
      client = await this.#connect(database || this.database);
      return await work(sessionOn(client));
    } finally {
      this.#leave();
      await client?.end();
    }
  }

  /** Works in one transaction, rolled back when it throws. */
  async transaction<Result>(database: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.session(database, async (session) => {
      await session.run("BEGIN");
      const result = await work(session);
      try {
        await session.run("COMMIT");
      } catch (error) {
        throw new Error(`could not commit transaction: ${messageOf(error)}`, { cause: error });
      }
      return result;
    });
  }

  async #connect(database: string): Promise<PgClient> {
    const { default: pg } = await import("pg");
    const { connection } = this;
    const client = new pg.Client({
      host: connection.host,
      port: connection.port,
      user: connection.username,
      password: connection.password,
      database,
      ssl: connection.ssl ?? false,
      fallback_application_name: "Terraform provider",
      ...(connection.connectTimeoutSeconds > 0
        ? { connectionTimeoutMillis: connection.connectTimeoutSeconds * 1000 }
        : {}),
    });
    // A connection that breaks between two statements: the next statement tells.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      // What was opened of it must not stay open; when it closes is of no interest.
      client.end().catch(() => undefined);
      throw connectError(error, connection);
    }
  }

  async #enter(): Promise<void> {
    const { maxConnections } = this.connection;
    if (maxConnections > 0 && this.#open >= maxConnections) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#open += 1;
  }

  #leave(): void {
    this.#open -= 1;
    this.#waiting.shift()?.();
  }
}

function sessionOn(client: PgClient): Session {
  return {
    async run(sql, parameters = []) {
      try {
        const result = await client.query<Record<string, unknown>>(sql, [...parameters]);
        return result.rows;
      } catch (error) {
        throw new PgError(error);
      }
    },
  };
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says what was being done when an error came. */
export async function doing<Result>(what: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}
