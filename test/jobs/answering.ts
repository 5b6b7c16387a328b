import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { once } from "node:events";
import type { JobContext } from "../../jobs/job.ts";

/** A server in this process that answers as the test says. */
export interface Answering {
  readonly url: string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[];
  readonly close: () => Promise<void>;
}

export type Answer = (
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
    readonly connection: number;
  },
  response: ServerResponse,
) => void;

export async function answering(answer: Answer, port = 0): Promise<Answering> {
  const requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const connections = new Map<unknown, number>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => {
      const method = incoming.method ?? "GET";
      const path = incoming.url ?? "/";
      const body = Buffer.concat(chunks).toString();
      requests.push({ method, path, headers: incoming.headers, body });
      const { headers } = incoming;
      answer({ method, path, headers, body, connection: connections.get(incoming.socket) ?? 0 }, response);
    });
  });
  server.on("connection", (socket) => connections.set(socket, connections.size + 1));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A JobContext that keeps the lines it is given. */
export function testContext(): JobContext & { readonly lines: readonly string[]; readonly stop: () => void } {
  const lines: string[] = [];
  const controller = new AbortController();
  return {
    lines,
    log: (line) => lines.push(line),
    signal: controller.signal,
    stop: () => controller.abort(new Error("Stopped by SIGTERM")),
  };
}
