import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { TestDatabase } from "../support/postgres/postgres.ts";

/** One version of the address book in a process of its own, as in a pod. */
export interface RunningBook {
  readonly url: string;
  readonly process: ChildProcess;
  readonly log: readonly string[];
  /** Sends SIGTERM. */
  readonly terminate: () => void;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
}

export async function runBook(
  version: "v1" | "v2",
  database: TestDatabase,
  environment: Readonly<Record<string, string>> = {},
  login = "postgres",
): Promise<RunningBook> {
  const main = fileURLToPath(new URL(`../../example/${version}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env["PATH"],
      ...database.environment(login),
      PORT: "0",
      HOST: "127.0.0.1",
      ZERO_DOWNTIME_COLOUR: version === "v1" ? "blue" : "green",
      DRAIN_SECONDS: "1",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const log: string[] = [];
  const listening = Promise.withResolvers<number>();
  createInterface(child.stdout).on("line", (line) => {
    log.push(line);
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) listening.resolve(port);
  });
  void exited.then((code) =>
    listening.reject(new Error(`The address book has ended with ${code}: ${log.join("\n")}`)),
  );
  const terminate = () => void child.kill("SIGTERM");
  return {
    url: `http://127.0.0.1:${await listening.promise}`,
    process: child,
    log,
    terminate,
    exited,
    stop: () => {
      terminate();
      return exited;
    },
  };
}

export async function untilReady(book: RunningBook): Promise<void> {
  while ((await call(book, "GET", "/readyz")).status !== 200) await pause(20);
}

export interface Shown {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Sends one request on a connection of its own. */
export async function call(
  book: Pick<RunningBook, "url">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Shown> {
  const sent = request(`${book.url}${path}`, { method, agent: false });
  sent.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const json = JSON.parse(await text(response)) as Shown["json"];
  return { status: response.statusCode ?? 0, headers: response.headers, json };
}
