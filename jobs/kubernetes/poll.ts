import { setTimeout as pause } from "node:timers/promises";
import { Forbidden } from "./cluster-api.ts";
import type { JobContext } from "../job.ts";
import { NoAnswer } from "../http/request.ts";

/** The assessment of one observation of the cluster. */
export interface Outlook {
  readonly state: "ready" | "waiting" | "failed";
  /** One sentence; the same for the same situation, so that it is logged once. */
  readonly why: string;
}

/**
 * How many milliseconds a complaint has lasted. It is called only while there is cause for it; one
 * that has gone away starts again at 0.
 */
export type Lasting = (complaint: string) => number;

const LOOK_MILLISECONDS = 250;
/** An API server that restarts is unreachable for some seconds. */
const API_AWAY_TOLERATED_MILLISECONDS = 20_000;

/** How the wait ended, and the last observation; none where the cluster was never reached. */
export interface End<Seen extends Outlook> {
  readonly end: "ready" | "failed" | "late" | "unseen";
  readonly why: string;
  readonly last: Seen | undefined;
  readonly milliseconds: number;
}

/**
 * Looks at the cluster until what is wanted is there, waiting is useless, or the deadline has
 * passed.
 */
export async function awaitOutlook<Seen extends Outlook>(
  deadlineSeconds: number,
  { log, signal }: JobContext,
  look: (lasting: Lasting) => Promise<Seen>,
): Promise<End<Seen>> {
  const start = performance.now();
  const complaints = new Complaints();
  let last: Seen | undefined;
  let logged = "";
  let away = "";
  const ended = (end: End<Seen>["end"], why: string): End<Seen> => ({
    end,
    why,
    last,
    milliseconds: Math.round(performance.now() - start),
  });
  for (;;) {
    signal.throwIfAborted();
    const lasting = complaints.look();
    try {
      last = await look(lasting);
      away = "";
    } catch (error) {
      if (error instanceof Forbidden)
        return ended("unseen", `${error.message}. Grant it to the job's ServiceAccount`);
      if (!(error instanceof NoAnswer)) throw error;
      away = `the Kubernetes API does not answer: ${error.message}`;
      if (lasting("away") >= API_AWAY_TOLERATED_MILLISECONDS) return ended("unseen", away);
    }
    const why = away || last?.why || "";
    if (why !== logged) log((logged = why));
    if (!away && last && last.state !== "waiting") return ended(last.state, last.why);
    if (performance.now() - start > deadlineSeconds * 1_000)
      return ended("late", `${deadlineSeconds} s have passed and ${why}`);
    await pause(LOOK_MILLISECONDS, undefined, { signal });
  }
}

/** Remembers since when each complaint has been made in every look. */
class Complaints {
  #since = new Map<string, number>();

  /** Begins a look; a complaint that the previous look did not make is forgotten. */
  look(): Lasting {
    const before = this.#since;
    const now = performance.now();
    this.#since = new Map();
    return (complaint) => {
      const since = before.get(complaint) ?? now;
      this.#since.set(complaint, since);
      return now - since;
    };
  }
}
