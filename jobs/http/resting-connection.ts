import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import type { JobContext, Result } from "../job.ts";
import type { Answer } from "./request.ts";

/** How long Envoy keeps an idle connection to a server; no common gateway keeps it longer. */
const GATEWAY_SECONDS = 3_600;

/** What to set, by server. */
const SETTINGS =
  "Node keepAliveTimeout, Puma persistent_timeout, gunicorn --keep-alive, uvicorn --timeout-keep-alive";

/**
 * A kept-alive connection that is idle after one request. It shows whether the server closes idle
 * connections sooner than a gateway does, which then sends requests on connections that are just
 * being closed.
 */
export class RestingConnection {
  readonly #agent = new RestingAgent({ keepAlive: true, maxSockets: 1 });
  #announcedSeconds: number | null = null;

  /** The agent for the one request; `false` where the connection cannot be watched. */
  agentFor({ protocol }: URL): Agent | false {
    return protocol === "http:" && this.#agent;
  }

  /** The answer to the one request: some servers announce their idle timeout in it. */
  answered({ headers }: Pick<Answer, "headers">): void {
    const [, seconds] = /\btimeout=(\d+)/.exec(String(headers["keep-alive"] ?? "")) ?? [];
    this.#announcedSeconds = seconds === undefined ? null : Number(seconds);
  }

  /**
   * Ends it.
   * @returns a sentence where the server's timeout is shorter than a gateway's; null where that was
   *   not seen
   */
  end(): string | null {
    const { closedAfterSeconds } = this.#agent;
    this.#agent.destroy();
    const seconds = this.#announcedSeconds ?? closedAfterSeconds;
    if (seconds === null || seconds > GATEWAY_SECONDS) return null;
    return (
      `The server closes idle connections after ${Math.round(seconds * 10) / 10} s. A gateway that keeps them longer ` +
      `(Envoy, Contour and Istio ${GATEWAY_SECONDS} s, NGINX 60 s) loses requests on them: raise the server's idle time-out ` +
      `above the gateway's (${SETTINGS}; docs/servers.md)`
    );
  }
}

/** A result with a note that does not fail it. */
export function withNote(result: Result, note: string | null, { log }: JobContext): Result {
  if (!result.ok || note === null) return result;
  log(`note: ${note}`);
  return { ...result, summary: `${result.summary}. ${note}` };
}

class RestingAgent extends Agent {
  closedAfterSeconds: number | null = null;

  override keepSocketAlive(socket: Duplex): boolean {
    const restsSince = performance.now();
    socket.once("close", () => (this.closedAfterSeconds ??= (performance.now() - restsSince) / 1_000));
    // Typed as returning nothing.
    return super.keepSocketAlive(socket) as unknown as boolean;
  }
}
