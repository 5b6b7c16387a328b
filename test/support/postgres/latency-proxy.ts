import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** The same server as at a port of this machine, farther away. */
export interface FarAway {
  readonly port: number;
  end(): Promise<void>;
}

/** @param milliseconds what comes and what goes is so much later */
export async function farAway(port: number, milliseconds: number): Promise<FarAway> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      // Not a wait for anything: the way itself.
      from.on("data", (bytes) => setTimeout(() => to.write(bytes), milliseconds));
      from.on("close", () => setTimeout(() => to.destroy(), milliseconds));
      // An end that breaks off also closes.
      from.on("error", () => undefined);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    end: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
