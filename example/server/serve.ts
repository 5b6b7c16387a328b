import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { addAbortSignal } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { SeededRandom } from "../load/seeded-random.ts";
import { connectDatabase } from "./database.ts";
import { OpenConnections, drain } from "./drain.ts";
import type { Edition } from "./version.ts";
import { createMetrics } from "./metrics.ts";
import { type Answer, Refused, addressRoutes } from "./routes.ts";
import type { Settings } from "./settings.ts";

/** A running address book. */
export interface Service {
  readonly port: number;
  /**
   * Drains, closes the database connections and returns the requests that had to be cut; 0 is a
   * clean end.
   */
  readonly stop: () => Promise<number>;
}

export interface ServeOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /** What a rehearsed crash does. */
  readonly crash: (reason: string) => void;
}

const LONGEST_BODY_BYTES = 64 * 1024;
const LONGEST_BODY_MILLISECONDS = 60_000;
const LOOK_FOR_LATE_MILLISECONDS = 30_000;
const LOOK_FOR_DATABASE_MILLISECONDS = 500;
const LOOK_FOR_FAULT_MILLISECONDS = 100;

/** Starts the address book; it is ready when its own statements work on the database. */
export async function serve<Address, Row extends { readonly id: string }>(
  edition: Edition<Address, Row>,
  { settings, log, crash }: ServeOptions,
): Promise<Service> {
  const version = settings.ZERO_DOWNTIME_VERSION ?? edition.version;
  const colour = settings.ZERO_DOWNTIME_COLOUR;
  const fault = settings.FAULT;
  const metrics = createMetrics();
  const database = connectDatabase({
    applicationName: `address-book ${version} ${colour}`,
    connections: settings.DATABASE_POOL,
    deadlineSeconds: settings.DATABASE_DEADLINE_SECONDS,
    log,
  });
  const routes = addressRoutes(edition, database);
  let ready = false;
  let draining = false;
  let requests = 0;
  let isFaulty = fault.whenFile === undefined;
  const leaked: Buffer[] = [];
  const seeded = fault.seed === undefined ? null : new SeededRandom(fault.seed);
  const isHanging = () => fault.hangMetricsWhenFile !== undefined && existsSync(fault.hangMetricsWhenFile);
  const chance = () => (seeded ? seeded.next() : Math.random());

  async function answerAddresses(request: IncomingMessage): Promise<Answer> {
    requests += 1;
    if (fault.crashAfterRequests !== undefined && requests >= fault.crashAfterRequests) {
      crash(`FAULT: ${requests} requests have arrived`);
    }
    if (isFaulty && fault.slowMilliseconds > 0) await pause(fault.slowMilliseconds);
    // Filled, or the pages would never be in memory.
    if (isFaulty && fault.leakKilobytes > 0) leaked.push(Buffer.alloc(fault.leakKilobytes * 1_024, 1));
    if (fault.failSmoke || (isFaulty && chance() < fault.errorRate))
      return { status: 500, json: { error: "FAULT" } };
    return routes({
      method: request.method ?? "GET",
      target: request.url ?? "/",
      body: () => readBody(request),
    });
  }

  /** What probes and people ask; not counted as requests, which are the clients' only. */
  async function answerOperations(path: string): Promise<Answer | string | undefined> {
    if (path === "/healthz") return { status: 200, json: { live: true } };
    if (path === "/readyz") return { status: ready && !draining ? 200 : 503, json: { ready, draining } };
    if (path === "/metrics") return isHanging() ? new Promise<never>(() => undefined) : metrics.text();
    if (path !== "/version") return undefined;
    return fault.failSmoke
      ? { status: 500, json: { error: "FAULT" } }
      : { status: 200, json: { version, colour } };
  }

  function send(response: ServerResponse, answer: Answer | string): void {
    const body = typeof answer === "string" ? answer : JSON.stringify(answer.json);
    response.writeHead(typeof answer === "string" ? 200 : answer.status, {
      "content-type": typeof answer === "string" ? metrics.contentType : "application/json",
      "content-length": Buffer.byteLength(body),
      "x-version": version,
      "x-colour": colour,
      ...(draining ? { connection: "close" } : {}),
      ...(typeof answer === "string" ? {} : answer.headers),
    });
    response.end(body);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operations = await answerOperations((request.url ?? "/").split("?", 1)[0] ?? "/");
    if (operations !== undefined) return send(response, operations);
    const start = performance.now();
    let answer: Answer;
    try {
      answer = await answerAddresses(request);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      log.error({ error, method: request.method, target: request.url }, "A request failed");
      answer = { status: 500, json: { error: "The address book failed; its log says why" } };
    }
    send(response, answer);
    metrics.answered(request.method ?? "GET", answer.status, (performance.now() - start) / 1_000);
  }

  /**
   * A version whose columns are missing must not become ready, so it is the edition's own statement
   * that has to work.
   */
  async function becomeReady(): Promise<void> {
    while (!ready && !draining) {
      try {
        await database.run(edition.list("0", 1));
        ready = true;
        log.info("Ready");
      } catch (error) {
        log.warn(
          { error: error instanceof Error ? error.message : error },
          "Not ready as the database does not answer",
        );
        await pause(LOOK_FOR_DATABASE_MILLISECONDS);
      }
    }
  }

  const server = createServer(
    idleLimits(settings.KEEP_ALIVE_SECONDS),
    (request, response) => void handle(request, response),
  );
  const connections = new OpenConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.PORT, settings.HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info({ version, colour, port, node: process.version }, "Listening");
  if (fault.neverReady) log.warn("FAULT: never ready");
  const becoming = fault.neverReady ? Promise.resolve() : becomeReady();
  if (fault.crashAfterSeconds !== undefined) {
    setTimeout(() => crash("FAULT: the time is over"), fault.crashAfterSeconds * 1_000).unref();
  }
  const { crashWhenFile, whenFile } = fault;
  if (crashWhenFile !== undefined || whenFile !== undefined) {
    setInterval(() => {
      isFaulty = whenFile === undefined || existsSync(whenFile);
      if (crashWhenFile !== undefined && existsSync(crashWhenFile)) crash(`FAULT: there is ${crashWhenFile}`);
    }, LOOK_FOR_FAULT_MILLISECONDS).unref();
  }

  return {
    port,
    stop: async () => {
      draining = true;
      log.info("Draining");
      const cut = await drain(server, connections, {
        serveSeconds: settings.DRAIN_SECONDS,
        finishSeconds: settings.FINISH_SECONDS,
      });
      await becoming;
      await database.close();
      log.info({ cut }, "Drained");
      return cut;
    },
  };
}

/**
 * One patience for all idle connections. Node counts a connection that was never used as
 * one whose headers are late, so `headersTimeout` and `requestTimeout` end it, whichever
 * is shorter, and not `keepAliveTimeout`.
 */
function idleLimits(seconds: number): ServerOptions {
  const milliseconds = seconds * 1_000;
  return {
    keepAliveTimeout: milliseconds,
    headersTimeout: milliseconds,
    requestTimeout: milliseconds,
    ...(seconds === 0
      ? {}
      : { connectionsCheckingInterval: Math.min(milliseconds, LOOK_FOR_LATE_MILLISECONDS) }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(AbortSignal.timeout(LONGEST_BODY_MILLISECONDS), request)) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("Cannot read the body as it is already decoded");
    length += chunk.length;
    if (length > LONGEST_BODY_BYTES)
      throw new Refused(413, `The body is longer than ${LONGEST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
