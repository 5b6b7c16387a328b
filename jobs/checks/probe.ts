import { setTimeout as pause } from "node:timers/promises";
import { probeSettings, type ProbeSettings } from "../../protocol/jobs/probe-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { KeptConnection } from "../http/keep-alive-connection.ts";
import { type Answer, NoAnswer, request } from "../http/request.ts";

const KEPT_CONNECTIONS = 4;
const LONGEST_REQUEST_MILLISECONDS = 2_000;
/**
 * Pause between two requests of one kind: short enough to time a switch to a few milliseconds, long
 * enough to disturb nobody.
 */
const PAUSE_MILLISECONDS = 5;
const PROGRESS_MILLISECONDS = 1_000;

/**
 * Checks from outside who answers, on fresh and on kept-alive connections, until only allowed
 * colours do.
 */
export const probe: Job<ProbeSettings> = { settings: probeSettings, run };

async function run(asked: ProbeSettings, context: JobContext): Promise<Result> {
  const start = performance.now();
  const over = () => performance.now() - start > asked.deadlineSeconds * 1_000 || context.signal.aborted;
  const fresh = new Watch("fresh", asked, start);
  const kept = new Watch("kept-alive", asked, start);
  const connections = Array.from({ length: KEPT_CONNECTIONS }, () => new KeptConnection());
  const agreed = () => fresh.agreed && kept.agreed && connections.every(({ agrees }) => agrees);
  const url = new URL(asked.path, asked.url);
  const options = {
    ...(asked.host === undefined ? {} : { headers: { host: asked.host } }),
    deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
    signal: context.signal,
  };

  async function onFreshConnections(): Promise<void> {
    while (!agreed() && !over()) {
      await fresh.take(request(url, { ...options, agent: false }));
      await pause(PAUSE_MILLISECONDS);
    }
  }

  async function onKept(connection: KeptConnection): Promise<void> {
    connection.agrees = await kept.take(connection.request(url, options));
  }

  async function onKeptConnections(): Promise<void> {
    while (!agreed() && !over()) {
      for (const connection of connections) {
        await onKept(connection);
        // The server never closes it: such a client has to be cut off, and the report must show
        // that.
        if (!connection.agrees && connection.ageMilliseconds > asked.drainSeconds * 1_000)
          connection.cutOff();
        await pause(PAUSE_MILLISECONDS);
      }
    }
  }

  const progress = setInterval(() => context.log(`${fresh.line()}; ${kept.line()}`), PROGRESS_MILLISECONDS);
  try {
    // Opened as early as possible: the older a kept-alive connection, the more likely it shows that
    // something stayed behind.
    await Promise.all(connections.map(onKept));
    await Promise.all([onFreshConnections(), onKeptConnections()]);
  } finally {
    clearInterval(progress);
    for (const connection of connections) connection.close();
  }
  context.log(`${fresh.line()}; ${kept.line()}`);
  return report(asked, agreed(), fresh, kept, connections);
}

/** What one kind of connection has seen. */
class Watch {
  readonly kind: string;
  readonly byColour: Record<string, number> = {};
  answers = 0;
  failed = 0;
  /**
   * Milliseconds from the start to the latest answer that was missing or from another colour; 0
   * when there was none.
   */
  disagreedAt = 0;
  lastProblem: string | undefined;
  #agreeing = 0;
  readonly #settings: ProbeSettings;
  readonly #start: number;

  constructor(kind: string, asked: ProbeSettings, start: number) {
    this.kind = kind;
    this.#settings = asked;
    this.#start = start;
  }

  get agreed(): boolean {
    return this.#agreeing >= this.#settings.agreeing;
  }

  /** Counts one answer, or a missing one, and says whether it came from an allowed colour. */
  async take(asking: Promise<Answer>): Promise<boolean> {
    const { colour, problem } = await this.#judge(asking);
    const allowed = problem === undefined;
    this.answers += 1;
    if (colour === undefined) this.failed += 1;
    else this.byColour[colour] = (this.byColour[colour] ?? 0) + 1;
    this.#agreeing = allowed ? this.#agreeing + 1 : 0;
    if (!allowed) {
      this.disagreedAt = performance.now() - this.#start;
      this.lastProblem = problem;
    }
    return allowed;
  }

  line(): string {
    const colours = Object.entries(this.byColour).map(([colour, count]) => `${count} ${colour}`);
    return `${this.kind}: ${colours.join(", ") || "no answer"}, ${this.failed} failed, ${this.#agreeing} of ${this.#settings.agreeing} agree`;
  }

  async #judge(asking: Promise<Answer>): Promise<{ colour?: string; problem?: string }> {
    let answer: Answer;
    try {
      answer = await asking;
    } catch (error) {
      if (error instanceof NoAnswer) return { problem: error.message };
      throw error;
    }
    if (answer.status >= 500) return { problem: `answer ${answer.status}: ${answer.body.slice(0, 200)}` };
    const colour = answer.headers[this.#settings.header.toLowerCase()];
    if (typeof colour !== "string") {
      return { problem: `answer ${answer.status} without the header ${this.#settings.header}` };
    }
    return this.#settings.allowed.includes(colour)
      ? { colour }
      : { colour, problem: `an answer from ${colour}` };
  }
}

function report(
  asked: ProbeSettings,
  ok: boolean,
  fresh: Watch,
  kept: Watch,
  connections: readonly KeptConnection[],
): Result {
  const sum = (count: (connection: KeptConnection) => number) =>
    connections.reduce((total, connection) => total + count(connection), 0);
  const byColour: Record<string, number> = { ...fresh.byColour };
  for (const [colour, count] of Object.entries(kept.byColour))
    byColour[colour] = (byColour[colour] ?? 0) + count;
  const facts = {
    milliseconds: Math.round(Math.max(fresh.disagreedAt, kept.disagreedAt)),
    fresh: { answers: fresh.answers, failed: fresh.failed, milliseconds: Math.round(fresh.disagreedAt) },
    keptAlive: { answers: kept.answers, failed: kept.failed, milliseconds: Math.round(kept.disagreedAt) },
    byColour,
    reopened: sum(({ reopened }) => reopened),
    cut: sum(({ cut }) => cut),
  };
  const allowed = asked.allowed.join(" or ");
  if (ok) {
    const cut =
      facts.cut > 0 ? `; ${facts.cut} kept-alive connections stayed with another colour and were cut` : "";
    return {
      ok,
      summary: `Every answer comes from ${allowed}, since ${facts.milliseconds} ms after the start${cut}`,
      facts,
    };
  }
  const problems = [fresh, kept]
    .filter((watch) => !watch.agreed || watch.lastProblem !== undefined)
    .map((watch) => `${watch.line()} (last problem: ${watch.lastProblem ?? "none"})`);
  return {
    ok,
    summary: `Cannot prove that only ${allowed} answers at ${asked.url} as ${asked.deadlineSeconds} s did not bring ${asked.agreeing} answers in a row: ${problems.join("; ")}. Traffic has been written; look at the entrance and the pods behind it, then repeat`,
    facts,
  };
}
