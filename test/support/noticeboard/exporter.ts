import { once } from "node:events";
import { createServer } from "node:http";

/** A sidecar beside the application: numbers of its own on a port of its own, until SIGTERM. */
export async function serveNumbers([port = "9102"]: string[]): Promise<void> {
  const server = createServer((_, response) => response.end("sidecar_up 1\n"));
  server.listen(Number(port));
  await once(server, "listening");
  process.once("SIGTERM", () => process.exit(0));
}
