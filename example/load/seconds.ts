import type { Answerer, Outcome } from "./check/outcome.ts";

/** What came back within one second. */
export interface Second {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly answers: readonly AnswersOf[];
  /** Requests that failed without a version having answered: refused, reset, timed out. */
  readonly unanswered: number;
}

/**
 * The answers of one version. Failed are wrong ones too. Milliseconds from the scheduled arrival of
 * a request to the end of its answer.
 */
export interface AnswersOf {
  readonly version: string;
  readonly colour: string;
  readonly answers: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

interface Settled {
  readonly at: number;
  readonly outcome: Outcome;
  readonly latencyMilliseconds: number;
  readonly answerer: Answerer | undefined;
}

interface Open extends Answerer {
  failed: number;
  readonly latencies: number[];
}

const SECOND = 1_000;

/** Notes what came back, second by second; of a second that is over, only the figures are kept. */
export class Seconds {
  readonly #over: Second[] = [];
  readonly #open = new Map<string, Open>();
  #unanswered = 0;
  #at = 0;

  /** Must be told in order of time. */
  count({ at, outcome, latencyMilliseconds, answerer }: Settled): void {
    const second = Math.floor(at / SECOND) * SECOND;
    if (second !== this.#at) this.#end(second);
    if (!answerer) {
      this.#unanswered += 1;
      return;
    }
    const key = `${answerer.colour} ${answerer.version}`;
    const open = this.#open.get(key) ?? { ...answerer, failed: 0, latencies: [] };
    this.#open.set(key, open);
    open.latencies.push(latencyMilliseconds);
    if (outcome.result !== "good") open.failed += 1;
  }

  /** All seconds in which anything came back, the one that runs among them. */
  all(): readonly Second[] {
    this.#end(this.#at);
    return this.#over;
  }

  #end(next: number): void {
    if (this.#open.size > 0 || this.#unanswered > 0) {
      const answers = Array.from(this.#open.values(), figures);
      this.#over.push({ at: this.#at, answers, unanswered: this.#unanswered });
    }
    this.#open.clear();
    this.#unanswered = 0;
    this.#at = next;
  }
}

function figures({ version, colour, failed, latencies }: Open): AnswersOf {
  const sorted = latencies.sort((one, two) => one - two);
  const at = (share: number) => {
    const found = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return Math.round(found * SECOND) / SECOND;
  };
  return { version, colour, answers: sorted.length, failed, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
