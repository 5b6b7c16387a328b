import { type Histogram, build } from "hdr-histogram-js";
import {
  type Answerer,
  CONNECTION_KINDS,
  type ConnectionKind,
  type FailureKind,
  type Outcome,
  type WrongKind,
} from "./check/outcome.ts";

/**
 * How often a version of a colour has answered on one kind of connection, and when first and last,
 * in milliseconds since the epoch.
 */
export interface Seen {
  readonly version: string;
  readonly colour: string;
  readonly connection: ConnectionKind;
  readonly answers: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Milliseconds from the scheduled arrival of a request to the end of its answer. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/**
 * What has been counted. Each answered request is one of ok, slow, failed and wrong: answered =
 * ok + slow + failed + wrong.
 */
export interface Totals {
  /** When counting began and when these figures were read, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly sent: number;
  readonly inFlight: number;
  /**
   * Arrivals that were not sent because too many requests were under way: the server, or the load
   * itself, could not keep up.
   */
  readonly overflow: number;
  readonly answered: number;
  readonly ok: number;
  /** Right, but later than the limit. */
  readonly slow: number;
  readonly failed: number;
  readonly failedBy: Readonly<Partial<Record<FailureKind, number>>>;
  readonly wrong: number;
  readonly wrongBy: Readonly<Partial<Record<WrongKind, number>>>;
  /**
   * Idempotent requests repeated once because the server had closed their kept-alive connection
   * before it read them.
   */
  readonly retriedIdleClose: number;
  /** Writes in the parts of version 2 that version 1 declined, as it should; among ok and slow. */
  readonly declined: number;
  /** Acknowledged writes. */
  readonly written: number;
  readonly answersBy: Readonly<Record<ConnectionKind, number>>;
  /**
   * Longest time without a right answer, from one to the next or to now or to the last arrival, in
   * milliseconds; 0 for a kind that was not sent.
   */
  readonly longestGap: Readonly<Record<ConnectionKind, number>>;
  readonly seen: readonly Seen[];
  readonly latency: Latency;
}

interface Settled {
  readonly connection: ConnectionKind;
  readonly outcome: Outcome;
  readonly latencyMilliseconds: number;
  readonly slow: boolean;
  readonly write: boolean;
  readonly retried: boolean;
  readonly answerer: Answerer | undefined;
  /** In milliseconds since the epoch. */
  readonly at: number;
}

const MICROSECONDS = 1_000;
const LONGEST_LATENCY_MICROSECONDS = 120_000_000;

/** Counts what becomes of requests. */
export class Tally {
  overflow = 0;
  readonly #from: number;
  readonly #latencies: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_LATENCY_MICROSECONDS,
    numberOfSignificantValueDigits: 3,
  });
  readonly #seen = new Map<string, { -readonly [Name in keyof Seen]: Seen[Name] }>();
  readonly #failedBy: Partial<Record<FailureKind, number>> = {};
  readonly #wrongBy: Partial<Record<WrongKind, number>> = {};
  readonly #answersBy = { fresh: 0, keptAlive: 0 };
  readonly #longestGap = { fresh: 0, keptAlive: 0 };
  readonly #sentBy = { fresh: 0, keptAlive: 0 };
  readonly #goodAt: Record<ConnectionKind, number>;
  #arrivalsEndedAt = Number.POSITIVE_INFINITY;
  #counts = { ok: 0, slow: 0, failed: 0, wrong: 0, retriedIdleClose: 0, declined: 0, written: 0 };

  /**
   * A tally that follows another one takes over when the last right answers came, so that a gap
   * across the border is not lost.
   */
  constructor(from: number, before?: Tally) {
    this.#from = from;
    this.#goodAt = before ? { ...before.#goodAt } : { fresh: from, keptAlive: from };
  }

  /** Nobody comes any more, so nobody misses an answer. */
  endArrivals(at: number): void {
    this.#arrivalsEndedAt = Math.min(this.#arrivalsEndedAt, at);
  }

  sent(connection: ConnectionKind): void {
    this.#sentBy[connection] += 1;
  }

  count(settled: Settled): void {
    const { connection, outcome, answerer, at } = settled;
    this.#answersBy[connection] += 1;
    this.#latencies.recordValue(
      Math.min(
        LONGEST_LATENCY_MICROSECONDS,
        Math.max(1, Math.round(settled.latencyMilliseconds * MICROSECONDS)),
      ),
    );
    if (settled.retried) this.#counts.retriedIdleClose += 1;
    if (answerer) this.#see(answerer, connection, at);
    if (outcome.result === "failed") {
      this.#counts.failed += 1;
      this.#failedBy[outcome.kind] = (this.#failedBy[outcome.kind] ?? 0) + 1;
    } else if (outcome.result === "wrong") {
      this.#counts.wrong += 1;
      this.#wrongBy[outcome.kind] = (this.#wrongBy[outcome.kind] ?? 0) + 1;
    } else {
      this.#counts[settled.slow ? "slow" : "ok"] += 1;
      if (outcome.declined) this.#counts.declined += 1;
      else if (settled.write) this.#counts.written += 1;
      this.#longestGap[connection] = Math.max(this.#longestGap[connection], this.#gapUntil(at, connection));
      this.#goodAt[connection] = at;
    }
  }

  totals(to: number, inFlight: number): Totals {
    const { ok, slow, failed, wrong } = this.#counts;
    const longestGap = { ...this.#longestGap };
    for (const kind of CONNECTION_KINDS) {
      const untilNow = this.#sentBy[kind] > 0 ? this.#gapUntil(to, kind) : 0;
      longestGap[kind] = Math.round(Math.max(longestGap[kind], untilNow));
    }
    return {
      from: this.#from,
      to,
      sent: this.#sentBy.fresh + this.#sentBy.keptAlive,
      inFlight,
      overflow: this.overflow,
      answered: ok + slow + failed + wrong,
      ...this.#counts,
      failedBy: { ...this.#failedBy },
      wrongBy: { ...this.#wrongBy },
      answersBy: { ...this.#answersBy },
      longestGap,
      seen: Array.from(this.#seen.values(), (each) => ({ ...each })),
      latency: this.#latency(),
    };
  }

  #gapUntil(at: number, connection: ConnectionKind): number {
    return Math.min(at, this.#arrivalsEndedAt) - this.#goodAt[connection];
  }

  #see({ version, colour }: Answerer, connection: ConnectionKind, at: number): void {
    const key = `${connection} ${colour} ${version}`;
    const known = this.#seen.get(key);
    if (known) {
      known.answers += 1;
      known.lastAt = at;
    } else {
      this.#seen.set(key, { version, colour, connection, answers: 1, firstAt: at, lastAt: at });
    }
  }

  #latency(): Latency {
    const at = (percent: number) => this.#latencies.getValueAtPercentile(percent) / MICROSECONDS;
    return {
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: this.#latencies.maxValue / MICROSECONDS,
    };
  }
}
