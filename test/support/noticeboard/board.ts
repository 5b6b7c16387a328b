import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drain, OpenConnections } from "../../../example/server/drain.ts";
import { serveHealth } from "./grpc-health.ts";
import { boardMetrics } from "./board-metrics.ts";

/** Longer than any gateway keeps an idle connection: Envoy does for an hour. */
const PATIENCE_MILLISECONDS = 3_900_000;
const IDLE_LIMITS = {
  keepAliveTimeout: PATIENCE_MILLISECONDS,
  headersTimeout: PATIENCE_MILLISECONDS,
  requestTimeout: PATIENCE_MILLISECONDS,
};

const DRAIN = { serveSeconds: 3, finishSeconds: 10 };

/** What the board's configuration file says. */
interface BoardFile {
  readonly title: string;
  /** Notices on a page. */
  readonly pageSize: number;
}

/**
 * A board that shows a notice: pages on one port, gRPC health on another, metrics on a third; until
 * SIGTERM.
 * @throws {Error} where its configuration file is not what it must be
 */
export async function serveBoard(args: string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "9898" },
      "grpc-port": { type: "string", default: "9999" },
      "metrics-port": { type: "string", default: "9797" },
      level: { type: "string", default: "info" },
      "config-path": { type: "string" },
    },
  });
  const file = await readBoardFile(flags["config-path"]);
  const { VERSION: version = "0.0.0", NOTICE: notice = "" } = process.env;
  const metrics = boardMetrics();
  let isDraining = false;

  const pages: Readonly<Record<string, (request: IncomingMessage) => [status: number, json: unknown]>> = {
    "/": () => [200, { version, notice, ...file }],
    "/version": () => [200, { version }],
    "/headers": ({ headers }) => [200, headers],
    "/healthz": () => [200, { status: "OK" }],
    "/readyz": () => (isDraining ? [503, { status: "draining" }] : [200, { status: "OK" }]),
  };

  const server = createServer(IDLE_LIMITS, (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const end = metrics.begin(request.method ?? "GET", path in pages ? path : "other");
    const [status, json] = pages[path]?.(request) ?? [404, { error: `There is no ${path}` }];
    send(response, status, json, isDraining);
    end(status);
  });
  const connections = new OpenConnections(server);
  const health = await serveHealth(Number(flags["grpc-port"]), () => !isDraining);
  const numbers = createServer((_, response) => {
    void metrics.text().then((text) => {
      response.writeHead(200, { "content-type": metrics.contentType });
      response.end(text);
    });
  });
  await listen(numbers, flags["metrics-port"]);
  await listen(server, flags.port);
  const ports = { http: portOf(server), grpc: health.port, metrics: portOf(numbers) };
  process.stdout.write(`${JSON.stringify({ level: flags.level, version, ports })}\n`);

  process.once("SIGTERM", () => {
    // Whoever holds a connection is told to leave with his next answer before it is closed.
    isDraining = true;
    void drain(server, connections, DRAIN).then((cut) => {
      numbers.close();
      health.stop();
      process.exit(cut === 0 ? 0 : 1);
    });
  });
}

function send(response: ServerResponse, status: number, json: unknown, isLast: boolean): void {
  const body = `${JSON.stringify(json)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(isLast ? { connection: "close" } : {}),
  });
  response.end(body);
}

/** @param folder undefined: the board has no file, and shows no title */
async function readBoardFile(folder: string | undefined): Promise<BoardFile | undefined> {
  if (folder === undefined) return undefined;
  const path = join(folder, "board.json");
  const file = JSON.parse(await readFile(path, "utf8")) as Partial<BoardFile>;
  const { title = "", pageSize = 20 } = file;
  if (!Number.isInteger(pageSize) || pageSize < 1)
    throw new Error(`Cannot start as pageSize in ${path} must be a whole number from 1: it is ${pageSize}`);
  return { title, pageSize };
}

const listen = (server: Server, port: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), resolve);
  });

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}
