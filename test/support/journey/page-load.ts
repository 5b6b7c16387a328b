import { setTimeout as pause } from "node:timers/promises";
import { Connections, type Reply } from "../../../example/load/connections.ts";
import type { Answerer, Outcome } from "../../../example/load/check/outcome.ts";
import type { Problem, Report, Segment } from "../../../example/load/report.ts";
import type { Load } from "../../../example/load/start-load.ts";
import { Seconds } from "../../../example/load/seconds.ts";
import { Tally } from "../../../example/load/totals.ts";

export interface PageLoadOptions {
  readonly url: string;
  readonly path: string;
  /** Where the entrance chooses by it. */
  readonly hostHeader?: string;
  /** How a good answer's body tells the version; without it the header `x-version` does. */
  readonly versionIn?: (body: string) => string;
  /** Requests a second, sent whether or not earlier ones have been answered. */
  readonly rate: number;
}

const TICK_MILLISECONDS = 5;
const SLOW_MILLISECONDS = 1_000;

/**
 * Users of an application that only shows pages: every third comes on a fresh connection, the
 * others keep theirs.
 */
export function startPageLoad({ url, path, rate, hostHeader, versionIn }: PageLoadOptions): Load {
  const connections = new Connections({ url, hostHeader, connections: 10, timeoutMilliseconds: 10_000 });
  const total = new Tally(now());
  const seconds = new Seconds();
  const segments: Segment[] = [];
  const problems: Problem[] = [];
  let label = "start";
  let segment = new Tally(now());
  let inFlight = 0;
  let isStopped = false;

  const mark = (next: string): Segment => {
    const ended = { label, totals: segment.totals(now(), inFlight) };
    segments.push(ended);
    [segment, label] = [new Tally(now(), segment), next];
    return ended;
  };

  async function ask(arrival: number, dueAt: number): Promise<void> {
    const connection = arrival % 3 === 0 ? "fresh" : "keptAlive";
    inFlight += 1;
    for (const tally of [total, segment]) tally.sent(connection);
    const reply = await connections.send(connection, { method: "GET", path });
    inFlight -= 1;
    const latencyMilliseconds = now() - dueAt;
    const outcome = judge(reply);
    if (outcome.result !== "good")
      problems.push({ at: now(), segment: label, connection, request: `GET ${path}`, ...outcome });
    const settled = {
      connection,
      outcome,
      latencyMilliseconds,
      slow: latencyMilliseconds > SLOW_MILLISECONDS,
      write: false,
      retried: reply.retried,
      answerer: answererOf(reply, versionIn),
      at: now(),
    } as const;
    for (const counting of [total, segment, seconds]) counting.count(settled);
  }

  async function arrive(): Promise<void> {
    const start = now();
    for (let arrivals = 0; !isStopped; await pause(TICK_MILLISECONDS)) {
      const due = Math.floor(((now() - start) * rate) / 1_000);
      for (; arrivals < due; arrivals += 1) void ask(arrivals, start + (arrivals * 1_000) / rate);
    }
    for (const tally of [total, segment]) tally.endArrivals(now());
  }

  const ended = arrive();
  return {
    snapshot: () => total.totals(now(), inFlight),
    mark: async (next) => mark(next),
    ended,
    stop: async (): Promise<Report> => {
      isStopped = true;
      await ended;
      while (inFlight > 0) await pause(TICK_MILLISECONDS);
      mark("");
      connections.close();
      const check = { addresses: 0, lost: 0, changed: 0, complete: true, seconds: 0 };
      return {
        totals: total.totals(now(), 0),
        segments,
        seconds: seconds.all(),
        check,
        problems,
        cpuSeconds: 0,
      };
    },
  };
}

function answererOf(reply: Reply, versionIn: PageLoadOptions["versionIn"]): Answerer | undefined {
  if ("failed" in reply) return undefined;
  return versionIn && reply.status === 200 ? { version: versionIn(reply.body), colour: "" } : reply.answerer;
}

function judge(reply: Reply): Outcome {
  if ("failed" in reply) return { result: "failed", kind: reply.failed, detail: reply.detail };
  if (reply.status === 200) return { result: "good" };
  return { result: "failed", kind: reply.status >= 500 ? "5xx" : "4xx", detail: `answer ${reply.status}` };
}

const now = (): number => performance.timeOrigin + performance.now();
