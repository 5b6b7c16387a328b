import { setTimeout as pause } from "node:timers/promises";
import type { JobContext } from "../../job.ts";
import { KeptConnection } from "../../http/keep-alive-connection.ts";
import { request, type Answer, type NoAnswer } from "../../http/request.ts";
import type { Heard } from "./heard.ts";
import { Patience } from "./patience.ts";
import { Watch } from "./watch.ts";

const KEPT_CONNECTIONS = 4;
const LONGEST_REQUEST_MILLISECONDS = 2_000;
/**
 * Pause between two requests of one kind: short enough to time a switch to a few milliseconds, long
 * enough to disturb nobody.
 */
const PAUSE_MILLISECONDS = 5;
const PROGRESS_MILLISECONDS = 1_000;

/** What is asked, and who may answer. */
export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly hear: (answer: Answer | NoAnswer) => Heard;
  /** How many answers in a row must come from those allowed, on each kind of connection. */
  readonly agreeing: number;
  /** How long a kept-alive connection may stay with another colour that does not close it. */
  readonly drainSeconds: number;
  /** How long every answer may be one from which nobody can tell who gave it. */
  readonly giveUpSeconds: number;
  readonly deadlineSeconds: number;
  /** Ends the asking at once; never aborted where nothing else is found out meanwhile. */
  readonly enough: AbortSignal;
}

/** How the asking ended, and what was counted. */
export interface Asked {
  readonly end: "agreed" | "hopeless" | "late" | "enough";
  /** What all answers of late were like that told nothing; null unless the end is hopeless. */
  readonly heard: string | null;
  readonly facts: {
    /** From the start to the last answer of somebody else. */
    readonly milliseconds: number;
    readonly cut: number;
    readonly [name: string]: unknown;
  };
  /** Of each kind of connection that was not content all the time, one line. */
  readonly problems: readonly string[];
}

/**
 * Asks from outside who answers, on fresh and on kept-alive connections, until only those allowed
 * do, or nobody can tell.
 */
export async function askWho(question: Question, context: JobContext): Promise<Asked> {
  const { url, agreeing, enough } = question;
  const start = performance.now();
  const patience = new Patience();
  const hear = (answer: Answer | NoAnswer) => {
    const heard = question.hear(answer);
    patience.note(heard);
    return heard;
  };
  const fresh = new Watch("fresh", agreeing, start, hear);
  const kept = new Watch("kept-alive", agreeing, start, hear);
  const connections = Array.from({ length: KEPT_CONNECTIONS }, () => new KeptConnection());
  const agreed = () => fresh.agreed && kept.agreed && connections.every(({ agrees }) => agrees);
  const isHopeless = () => patience.seconds >= question.giveUpSeconds;
  const isLate = () => performance.now() - start > question.deadlineSeconds * 1_000 || context.signal.aborted;
  const goesOn = () => !agreed() && !isHopeless() && !isLate() && !enough.aborted;
  const options = {
    headers: question.headers,
    deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
    signal: context.signal,
  };

  async function onFreshConnections(): Promise<void> {
    while (goesOn()) {
      await fresh.take(request(url, { ...options, agent: false }));
      await pause(PAUSE_MILLISECONDS);
    }
  }

  async function onKept(connection: KeptConnection): Promise<void> {
    connection.agrees = await kept.take(connection.request(url, options));
  }

  async function onKeptConnections(): Promise<void> {
    while (goesOn()) {
      for (const connection of connections) {
        await onKept(connection);
        // The server never closes it: such a client has to be cut off, and the report must show
        // that.
        if (!connection.agrees && connection.ageMilliseconds > question.drainSeconds * 1_000)
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
  const end = agreed() ? "agreed" : isHopeless() ? "hopeless" : enough.aborted ? "enough" : "late";
  return {
    end,
    heard: end === "hopeless" ? patience.heard : null,
    facts: factsOf(fresh, kept, connections),
    problems: [fresh, kept]
      .filter((watch) => !watch.agreed || watch.lastProblem !== null)
      .map((watch) => `${watch.line()} (last problem: ${watch.lastProblem ?? "none"})`),
  };
}

function factsOf(fresh: Watch, kept: Watch, connections: readonly KeptConnection[]): Asked["facts"] {
  const sum = (count: (connection: KeptConnection) => number) =>
    connections.reduce((total, connection) => total + count(connection), 0);
  const byColour: Record<string, number> = { ...fresh.byColour };
  for (const [colour, count] of Object.entries(kept.byColour))
    byColour[colour] = (byColour[colour] ?? 0) + count;
  const of = ({ answers, failed, disagreedAt }: Watch) => ({
    answers,
    failed,
    milliseconds: Math.round(disagreedAt),
  });
  return {
    milliseconds: Math.round(Math.max(fresh.disagreedAt, kept.disagreedAt)),
    fresh: of(fresh),
    keptAlive: of(kept),
    byColour,
    reopened: sum(({ reopened }) => reopened),
    cut: sum(({ cut }) => cut),
  };
}
