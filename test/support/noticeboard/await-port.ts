import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connectionVariables } from "./database-url.ts";

const LOOK_MILLISECONDS = 200;

/** Ends when somebody listens at `host:port`; where none is given, at that of DATABASE_URL. */
export async function awaitPort([address]: string[]): Promise<void> {
  process.once("SIGTERM", () => process.exit(1));
  const { PGHOST: host, PGPORT: port } =
    address === undefined ? connectionVariables(process.env["DATABASE_URL"]) : parts(address);
  while (!(await isListening(host ?? "", Number(port)))) await pause(LOOK_MILLISECONDS);
}

function parts(address: string): Record<string, string> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { PGHOST: hostname, PGPORT: port };
}

const isListening = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (isSo: boolean) => {
      socket.destroy();
      resolve(isSo);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.setTimeout(LOOK_MILLISECONDS * 5, () => end(false));
  });
