import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { pipeline } from "node:stream/promises";

/**
 * A double of the public entrance: each request goes to the service that the test chooses for it.
 */
export interface EntranceDouble {
  readonly url: string;
  /** Called for every request. */
  choose: () => string;
  readonly close: () => Promise<void>;
}

export async function entranceDouble(choose: () => string): Promise<EntranceDouble> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    const { method, headers, url = "/" } = incoming;
    const outgoing = request(`${entrance.choose()}${url}`, {
      agent,
      method,
      headers: { ...headers, connection: "keep-alive" },
    });
    outgoing.once("error", (error) => response.writeHead(502).end(error.message));
    outgoing.once("response", (answer) => {
      const { connection: _, "keep-alive": __, ...passed } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, passed);
      void pipeline(answer, response).catch(() => response.destroy());
    });
    incoming.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  const entrance: EntranceDouble = {
    url: `http://127.0.0.1:${address.port}`,
    choose,
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return entrance;
}
