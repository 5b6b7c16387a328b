import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

export interface DrainLimits {
  /** Longest time that open connections are still served, each answer with `Connection: close`. */
  readonly serveSeconds: number;
  /** After that, longest time for requests in flight. */
  readonly finishSeconds: number;
}

/** No connection for this long means that nobody is left: a client that was told to close has gone, and none came anew. */
const QUIET_MILLISECONDS = 300;

const LOOK_MILLISECONDS = 50;

/**
 * Ends a server without losing a request. The pod is out of the endpoints by now (`preStop` has slept), but who holds a connection may
 * still send on it: closing it unasked could meet a request on its way. So each connection is told to close with its next answer,
 * and only one that stays silent until the limit is closed unasked.
 * @returns the connections that were cut with a request in flight; 0 is a clean end.
 */
export async function drain(server: Server, limits: DrainLimits): Promise<number> {
  const serveUntil = performance.now() + limits.serveSeconds * 1_000;
  let quietSince = performance.now();
  while (performance.now() < serveUntil && performance.now() - quietSince < QUIET_MILLISECONDS) {
    await pause(LOOK_MILLISECONDS);
    if ((await openConnections(server)) > 0) quietSince = performance.now();
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const limit = new AbortController();
  const late = pause(limits.finishSeconds * 1_000, "late" as const, { signal: limit.signal }).catch(
    () => "stopped" as const,
  );
  const outcome = await Promise.race([closed.then(() => "closed" as const), late]);
  limit.abort();
  if (outcome === "closed") return 0;
  const cut = await openConnections(server);
  server.closeAllConnections();
  return cut;
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
