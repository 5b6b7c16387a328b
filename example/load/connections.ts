import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { Answerer, ConnectionKind, FailureKind } from "./check/outcome.ts";

/** A request of the load. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT";
  /** Path and query. */
  readonly path: string;
  readonly body?: string;
}

/** What came back. */
export type Reply =
  | { readonly status: number; readonly body: string; readonly answerer: Answerer; readonly retried: boolean }
  | { readonly failed: FailureKind; readonly detail: string; readonly retried: boolean };

export interface ConnectionsOptions {
  readonly url: string;
  readonly hostHeader?: string | undefined;
  readonly connections: number;
  readonly timeoutMilliseconds: number;
}

interface Attempt {
  readonly reply: Reply;
  /**
   * The server had closed the kept-alive connection before it read anything: no byte came back on a
   * connection used before.
   */
  readonly idleClose: boolean;
}

const SWEEP_MILLISECONDS = 100;

/**
 * Sends requests on fresh and on kept-alive connections, with nothing hidden: each kept-alive
 * connection is one agent with one socket, used in turn so that none rests for long, and there is
 * no retry but one.
 *
 * That one: a server may close an idle connection at the very moment when a client sends on it, and
 * no server can prevent it. Clients therefore repeat a request that met a closed reused connection,
 * if the request is idempotent (RFC 9110, 9.2.2); so do we for GET and PUT, once, and count it. A
 * POST is never repeated: it fails, and the server that closed without saying so is to blame.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #target: URL;
  readonly #idle: Agent[];
  readonly #all = new Set<Agent>();
  readonly #underWay = new Map<ClientRequest, number>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#target = new URL(options.url);
    this.#idle = Array.from({ length: options.connections }, () => this.#newAgent());
    this.#sweep = setInterval(() => this.#endLate(), SWEEP_MILLISECONDS);
  }

  /** Sends one request and waits for its whole answer; never throws. */
  async send(kind: ConnectionKind, asked: Asked): Promise<Reply> {
    if (kind === "fresh") return (await this.#attempt(asked, false)).reply;
    const agent = this.#idle.shift() ?? this.#newAgent();
    const first = await this.#attempt(asked, agent);
    const repeat = first.idleClose && asked.method !== "POST";
    const reply = repeat ? { ...(await this.#attempt(asked, agent)).reply, retried: true } : first.reply;
    this.#idle.push(agent);
    return reply;
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const agent of this.#all) agent.destroy();
  }

  #newAgent(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#all.add(agent);
    return agent;
  }

  #attempt(asked: Asked, agent: Agent | false): Promise<Attempt> {
    return new Promise((resolve) => {
      let bytesBefore = 0;
      const sent = httpRequest({
        host: this.#target.hostname,
        port: this.#target.port,
        method: asked.method,
        path: asked.path,
        agent,
        headers: {
          host: this.#options.hostHeader ?? this.#target.host,
          ...(asked.body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(asked.body) }),
        },
      });
      const settle = (reply: Reply, idleClose = false) => {
        if (this.#underWay.delete(sent)) resolve({ reply, idleClose });
      };
      this.#underWay.set(sent, performance.now() + this.#options.timeoutMilliseconds);
      sent.once("socket", (socket) => (bytesBefore = socket.bytesRead));
      sent.on("error", (error: NodeJS.ErrnoException) => {
        const nothingCame = sent.reusedSocket && (sent.socket?.bytesRead ?? bytesBefore) === bytesBefore;
        const failed = failureOf(error);
        settle({ failed, detail: error.message, retried: false }, failed === "reset" && nothingCame);
      });
      sent.once("response", (response) => receive(response, settle));
      sent.end(asked.body);
    });
  }

  #endLate(): void {
    const now = performance.now();
    for (const [sent, deadline] of this.#underWay) {
      // In the order of their deadlines, as all have the same time to answer.
      if (deadline > now) return;
      sent.destroy(new Late());
    }
  }
}

class Late extends Error {
  constructor() {
    super("no answer in time");
  }
}

function receive(response: IncomingMessage, settle: (reply: Reply) => void): void {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  response.once("error", (error) =>
    settle({
      failed: failureOf(error),
      detail: `in the middle of the answer: ${error.message}`,
      retried: false,
    }),
  );
  response.once("end", () =>
    settle({
      status: response.statusCode ?? 0,
      body: Buffer.concat(chunks).toString("utf8"),
      answerer: {
        version: headerOf(response, "x-version"),
        colour: headerOf(response, "x-colour"),
      },
      retried: false,
    }),
  );
}

function headerOf(response: IncomingMessage, name: string): string {
  const value = response.headers[name];
  return typeof value === "string" ? value : "";
}

function failureOf(error: NodeJS.ErrnoException): FailureKind {
  if (error instanceof Late) return "timeout";
  if (error.code === "ECONNREFUSED") return "refused";
  if (error.code === "ECONNRESET" || error.code === "EPIPE") return "reset";
  if (error.code === "ETIMEDOUT") return "timeout";
  return error.code?.startsWith("HPE_") ? "unreadable" : "other";
}
