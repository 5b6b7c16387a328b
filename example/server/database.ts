import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import type { Statement } from "./version.ts";

/** The address book's connections to PostgreSQL. */
export interface Database {
  /**
   * Runs one statement within the deadline.
   * @throws {DatabaseUnavailable} when PostgreSQL gave no answer; whether a write has happened is
   *   unknown then.
   */
  readonly run: <Row>(statement: Statement) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  readonly applicationName: string;
  readonly connections: number;
  readonly deadlineSeconds: number;
  readonly log: Logger;
}

/** PostgreSQL gave no answer in time, or none that a second attempt could not have improved. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
}

/** The client's own deadline is this much later than the server's, which can still say why. */
const GRACE_MILLISECONDS = 1_000;

/**
 * How the client words that its patience is over, while it waits for an answer or for a free
 * connection; it has no codes for them.
 */
const TIMEOUTS = new Set(["Query read timeout", "timeout exceeded when trying to connect"]);

const REPEAT_AFTER_MILLISECONDS = 50;

/**
 * SQLSTATEs after which nothing of the statement remains: serialization failure, deadlock, cached
 * plan of an altered table.
 */
const UNDONE = new Set(["40001", "40P01", "0A000"]);

/** The connection ended: admin shutdown, crash, starting up; and the whole of class 08. */
const DISCONNECTED = /^(57P0[123]|08...)$/;

/** A statement that ran out of time. */
const CANCELLED = "57014";

export function connectDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    max: options.connections,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.deadlineSeconds * 1_000,
    statement_timeout: options.deadlineSeconds * 1_000,
    query_timeout: options.deadlineSeconds * 1_000 + GRACE_MILLISECONDS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // An idle connection that the server ends is not a request that fails: the pool opens another
  // when one is needed.
  pool.on("error", (error) =>
    options.log.warn({ error: error.message }, "An idle database connection ended"),
  );

  async function attempt<Row>(statement: Statement): Promise<readonly Row[]> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw new NotSent(error);
    }
    let failure: Error | undefined;
    try {
      const result = await client.query(statement.text, [...statement.values]);
      return result.rows as Row[];
    } catch (error) {
      failure = asError(error);
      throw failure;
    } finally {
      // Only a connection whose server has answered is fit for the next request.
      client.release(failure !== undefined && isDisconnect(failure) ? failure : undefined);
    }
  }

  return {
    run: async <Row>(statement: Statement) => {
      try {
        return await attempt<Row>(statement);
      } catch (error) {
        if (!mayRepeat(asError(error), statement)) throw unavailable(error);
        options.log.warn({ error: asError(error).message }, "Repeating a statement once");
        await pause(REPEAT_AFTER_MILLISECONDS);
      }
      try {
        return await attempt<Row>(statement);
      } catch (error) {
        throw unavailable(error);
      }
    },
    close: () => pool.end(),
  };
}

class NotSent extends Error {
  constructor(cause: unknown) {
    super(asError(cause).message, { cause });
  }
}

/**
 * One repetition, and only where it cannot do harm: nothing was sent, PostgreSQL undid everything,
 * or the connection was lost and the statement is idempotent. An INSERT whose connection was lost
 * is never repeated, as it may have happened.
 */
function mayRepeat(error: Error, statement: Statement): boolean {
  if (TIMEOUTS.has(error.message)) return false;
  if (error instanceof NotSent || UNDONE.has(sqlState(error) ?? "")) return true;
  return statement.idempotent && isDisconnect(error);
}

/**
 * No SQLSTATE means that no answer of the server is at hand: a reset, an end of the connection, the
 * client's own deadline.
 */
function isDisconnect(error: Error): boolean {
  const state = sqlState(error);
  return state === undefined || DISCONNECTED.test(state);
}

function unavailable(error: unknown): Error {
  const known = asError(error);
  const state = sqlState(known);
  return known instanceof NotSent || isDisconnect(known) || state === CANCELLED || UNDONE.has(state ?? "")
    ? new DatabaseUnavailable(known.message, { cause: known })
    : known;
}

function sqlState(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && error instanceof pg.DatabaseError
    ? code
    : undefined;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
