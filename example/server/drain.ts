import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface DrainLimits {
  /** Longest time that open connections are still served, each answer with `Connection: close`. */
  readonly serveSeconds: number;
  /** After that, longest time for requests in flight. */
  readonly finishSeconds: number;
}

/**
 * No connection for this long means that nobody is left: a client that was told to close has gone,
 * and none came anew.
 */
const QUIET_MILLISECONDS = 300;

const LOOK_MILLISECONDS = 50;

/** The connections of a server, and which of them have a request in flight. */
export class OpenConnections {
  readonly #busy = new Map<Socket, boolean>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      this.#busy.set(socket, false);
      socket.once("close", () => this.#busy.delete(socket));
    });
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#busy.set(socket, true);
      response.once("close", () => {
        if (this.#busy.has(socket)) this.#busy.set(socket, false);
      });
    });
  }

  get count(): number {
    return this.#busy.size;
  }

  /**
   * Closes those without a request in flight; Node counts one that has never sent a request as
   * busy, and would wait for it.
   */
  closeIdle(): void {
    for (const [socket, busy] of this.#busy) if (!busy) socket.destroy();
  }

  /** Closes all of them and returns how many had a request in flight. */
  cut(): number {
    const cut = [...this.#busy.values()].filter((busy) => busy).length;
    for (const socket of this.#busy.keys()) socket.destroy();
    return cut;
  }
}

/**
 * Ends a server without losing a request. The pod is out of the endpoints by now (`preStop` has
 * slept), but who holds a connection may still send on it: closing it unasked could meet a request
 * on its way. So each connection is told to close with its next answer, and only one that stays
 * silent until the limit is closed unasked.
 * @returns the connections that were cut with a request in flight; 0 is a clean end.
 */
export async function drain(
  server: Server,
  connections: OpenConnections,
  limits: DrainLimits,
): Promise<number> {
  const serveUntil = performance.now() + limits.serveSeconds * 1_000;
  let quietSince = performance.now();
  while (performance.now() < serveUntil && performance.now() - quietSince < QUIET_MILLISECONDS) {
    await pause(LOOK_MILLISECONDS);
    if (connections.count > 0) quietSince = performance.now();
  }
  server.close();
  const finishUntil = performance.now() + limits.finishSeconds * 1_000;
  do {
    connections.closeIdle();
    await pause(LOOK_MILLISECONDS);
  } while (connections.count > 0 && performance.now() < finishUntil);
  return connections.cut();
}
