import type { Connection } from "./connection-settings.ts";

/** An error of the server, in the words of the driver that the official provider uses. */
export class PgError extends Error {
  constructor(error: unknown) {
    super(`pq: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

interface NetworkError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly errors?: readonly NetworkError[];
}

/** Why no connection came about. The password never shows. */
export function connectError(error: unknown, connection: Connection): Error {
  const { host, password } = connection;
  const reason = error instanceof Error ? describe(error, connection) : String(error);
  const safe = password === "" ? reason : reason.replaceAll(password, "XXXX");
  return new Error(`error connecting to PostgreSQL server ${host} (scheme: postgres): ${safe}`, {
    cause: error,
  });
}

function describe(error: NetworkError, { host, port, username }: Connection): string {
  // Several addresses were tried: the first speaks for all.
  const first = error.errors?.[0] ?? error;
  const place = `${first.address ?? host}:${first.port ?? port}`;
  if (first.code === "ECONNREFUSED") return `dial tcp ${place}: connect: connection refused`;
  if (first.code === "ENOTFOUND" || first.code === "EAI_AGAIN")
    return `dial tcp: lookup ${host}: no such host`;
  if (/timeout/i.test(first.message)) return `dial tcp ${place}: i/o timeout`;
  if (/does not support SSL/.test(first.message)) return "pq: SSL is not enabled on the server";
  if (/client password must be a/.test(first.message)) {
    return `pq: password authentication failed for user "${username}"`;
  }
  if (first.code === "ECONNRESET" || /terminated unexpectedly/.test(first.message)) return "EOF";
  return `pq: ${first.message}`;
}
