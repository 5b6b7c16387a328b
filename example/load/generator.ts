import { setTimeout as pause } from "node:timers/promises";
import { Client, type Operation } from "./client.ts";
import { Connections } from "./connections.ts";
import { finalCheck } from "./check/final-check.ts";
import type { ParsedLoadOptions } from "./options.ts";
import type { ConnectionKind } from "./check/outcome.ts";
import type { Problem, Report, Segment } from "./report.ts";
import { Seconds } from "./seconds.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Tally, type Totals } from "./totals.ts";

const TICK_MILLISECONDS = 2;
const PROBLEMS_KEPT = 100;

/**
 * Sends requests by the clock: an arrival does not wait for earlier answers, and its time runs from
 * when it was due, so that a server that stalls is seen by all who would have come in the meantime.
 */
export class Generator {
  readonly #options: ParsedLoadOptions;
  readonly #client: Client;
  readonly #connections: Connections;
  readonly #random: SeededRandom;
  readonly #total: Tally;
  readonly #seconds = new Seconds();
  readonly #segments: Segment[] = [];
  readonly #problems: Problem[] = [];
  readonly #ended: Promise<void>;
  #label = "start";
  #segment: Tally;
  #inFlight = 0;
  #stopped = false;

  constructor(options: ParsedLoadOptions, run: string) {
    this.#options = options;
    this.#client = new Client(options, run);
    this.#connections = new Connections(options);
    this.#random = new SeededRandom(options.seed + 1);
    const start = now();
    this.#total = new Tally(start);
    this.#segment = new Tally(start);
    this.#ended = this.#arrive().then(() => {
      this.#total.endArrivals(now());
      this.#segment.endArrivals(now());
    });
  }

  /** Resolves when no more requests will be sent: stopped, or at the limit of time or requests. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  snapshot(): Totals {
    return this.#total.totals(now(), this.#inFlight);
  }

  /** Ends the segment that runs and returns it; what follows is counted under the new label. */
  mark(label: string): Segment {
    const at = now();
    const ended: Segment = { label: this.#label, totals: this.#segment.totals(at, this.#inFlight) };
    this.#segments.push(ended);
    this.#segment = new Tally(at, this.#segment);
    this.#label = label;
    return ended;
  }

  /**
   * Sends no more, waits for the answers under way, then looks at every address that was created.
   */
  async stop(): Promise<Report> {
    this.#stopped = true;
    await this.#ended;
    // Each request ends at its deadline at the latest.
    while (this.#inFlight > 0) await pause(TICK_MILLISECONDS);
    this.mark("");
    const totals = this.snapshot();
    const check = await finalCheck(this.#client.ledger, this.#connections, (kind, detail) =>
      this.#keep({ connection: "keptAlive", request: "final check", result: "wrong", kind, detail }),
    );
    this.#connections.close();
    const { user, system } = process.threadCpuUsage();
    return {
      totals,
      segments: this.#segments,
      seconds: this.#seconds.all(),
      check,
      problems: this.#problems,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  async #arrive(): Promise<void> {
    const { rate, seconds, requests } = this.#options;
    const start = performance.now();
    for (let arrivals = 0; ;) {
      const elapsed = performance.now() - start;
      const due = Math.min(requests, Math.floor((Math.min(elapsed, seconds * 1_000) * rate) / 1_000));
      for (; arrivals < due && !this.#stopped; arrivals += 1)
        this.#dispatch(start + (arrivals * 1_000) / rate);
      if (this.#stopped || arrivals >= requests || elapsed >= seconds * 1_000) return;
      await pause(TICK_MILLISECONDS);
    }
  }

  #dispatch(dueAt: number): void {
    if (this.#inFlight >= this.#options.inFlight) {
      this.#total.overflow += 1;
      this.#segment.overflow += 1;
      return;
    }
    this.#inFlight += 1;
    const connection = this.#random.chance(this.#options.fresh) ? "fresh" : "keptAlive";
    this.#total.sent(connection);
    this.#segment.sent(connection);
    void this.#run(connection, this.#client.next(), dueAt);
  }

  async #run(connection: ConnectionKind, operation: Operation, dueAt: number): Promise<void> {
    const reply = await this.#connections.send(connection, operation.asked);
    const latencyMilliseconds = performance.now() - dueAt;
    const outcome = operation.judge(reply);
    this.#inFlight -= 1;
    const settled = {
      connection,
      outcome,
      latencyMilliseconds,
      slow: latencyMilliseconds > this.#options.slowMilliseconds,
      write: operation.kind === "create" || operation.kind === "update",
      retried: reply.retried,
      answerer: "failed" in reply || reply.answerer.colour === "" ? undefined : reply.answerer,
      at: now(),
    };
    this.#total.count(settled);
    this.#segment.count(settled);
    this.#seconds.count(settled);
    if (outcome.result === "good") return;
    this.#keep({ connection, request: `${operation.asked.method} ${operation.asked.path}`, ...outcome });
  }

  #keep(problem: Omit<Problem, "at" | "segment">): void {
    if (this.#problems.length < PROBLEMS_KEPT)
      this.#problems.push({ at: now(), segment: this.#label, ...problem });
  }
}

/** Milliseconds since the epoch, by a clock that never goes back. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
