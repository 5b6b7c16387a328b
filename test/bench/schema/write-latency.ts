import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";
import { fill, fillByHand, FILL_ENDS, fillSeconds, rowsPerStepOf } from "./fill-rates.ts";
import { fact, type JobRun } from "./run-job.ts";
import { median, quantile } from "./statistics.ts";
import type { Prepared } from "./tables.ts";

/** Milliseconds. */
export interface Latency {
  readonly writes: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * How the application's writes of single rows fare before a backfill, during it, and while the same
 * is done by hand.
 */
export interface WriteLatency {
  readonly rows: number;
  readonly rounds: number;
  /** Of all rounds' writes together. */
  readonly before: Latency;
  readonly during: Latency;
  readonly byHand: Latency;
  /** p99 during to p99 before: the median of the spells' own. */
  readonly p99Ratio: number;
  /**
   * Of spells of rounds, each long enough for a p99: a stall of the machine's is in one of them.
   */
  readonly p99Ratios: readonly number[];
  readonly longestStepMilliseconds: number;
  /** Of the backfill beside the writes, its rests included. */
  readonly rowsPerSecond: number;
  readonly pauses: number;
}

const CONNECTIONS = 4;
/** Of all connections together. */
const WRITES_PER_SECOND = 200;
/** Eight of them are above its p99. */
const LEAST_WRITES_OF_SPELL = 800;

/**
 * Rounds one after the other; one more comes before and does not count: in it a new server touches
 * its memory for the first time.
 */
export async function writeLatency(
  prepared: Prepared,
  rounds: number,
  beforeMilliseconds: number,
): Promise<WriteLatency> {
  await measureRound(prepared, 1_000);
  const measured: Round[] = [];
  while (measured.length < rounds) measured.push(await measureRound(prepared, beforeMilliseconds));
  const ratios = spellsOf(measured).map(
    (spell) => latency(spell, "during").p99 / latency(spell, "before").p99,
  );
  return {
    rows: prepared.rows,
    rounds,
    before: latency(measured, "before"),
    during: latency(measured, "during"),
    byHand: latency(measured, "byHand"),
    p99Ratio: median(ratios),
    p99Ratios: ratios,
    longestStepMilliseconds: Math.max(...measured.map(({ run }) => fact(run, "longestStepMilliseconds"))),
    rowsPerSecond: median(measured.map(({ run }) => prepared.rows / fillSeconds(run))),
    pauses: measured.reduce((sum, { run }) => sum + fact(run, "pauses"), 0),
  };
}

/** Milliseconds of each write, and the Job that ran during. */
interface Round {
  readonly before: readonly number[];
  readonly during: readonly number[];
  readonly byHand: readonly number[];
  readonly run: JobRun;
}

/**
 * On fresh copies of the table: so long without the backfill, then with it, then with its UPDATEs
 * by hand.
 */
async function measureRound(prepared: Prepared, beforeMilliseconds: number): Promise<Round> {
  const writers = await writersOfFreshCopy(prepared);
  await sleep(beforeMilliseconds);
  const before = writers.take();
  let during: number[] = [];
  const run = await fill(prepared, {}, ({ text }) => {
    if (/^Fill .*: about/.test(text)) writers.take();
    if (FILL_ENDS.test(text)) during = writers.take();
  });
  await writers.end();
  return { before, during, byHand: await whileFilledByHand(prepared, rowsPerStepOf(run)), run };
}

/** Their first second does not count. */
async function writersOfFreshCopy(prepared: Prepared): Promise<Writers> {
  await prepared.renew();
  const writers = await Writers.begin(prepared);
  await sleep(1000);
  writers.take();
  return writers;
}

/**
 * Rounds put together until each spell has writes enough during the backfill; what is left over at
 * the end belongs to the last one.
 */
function spellsOf(rounds: readonly Round[]): readonly (readonly Round[])[] {
  const spells: Round[][] = [];
  let open: Round[] = [];
  for (const round of rounds) {
    open.push(round);
    if (open.flatMap(({ during }) => during).length < LEAST_WRITES_OF_SPELL) continue;
    spells.push(open);
    open = [];
  }
  const last = spells.pop() ?? [];
  return [...spells, [...last, ...open]];
}

async function whileFilledByHand(prepared: Prepared, rowsPerStep: number): Promise<number[]> {
  const writers = await writersOfFreshCopy(prepared);
  let filling: number[] = [];
  await fillByHand(prepared, rowsPerStep, {
    begins: () => void writers.take(),
    ends: () => void (filling = writers.take()),
  });
  await writers.end();
  return filling;
}

/** Of all rounds' writes together. */
function latency(rounds: readonly Round[], when: "before" | "during" | "byHand"): Latency {
  const values = rounds.flatMap((round) => round[when]);
  return {
    writes: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: Math.max(...values),
  };
}

/**
 * Connections that write random rows at a steady rate; a write that is late counts from
 * when it was due.
 */
class Writers {
  readonly #clients: readonly pg.Client[];
  readonly #loops: readonly Promise<void>[];
  #taken: number[] = [];
  #isOver = false;

  private constructor(clients: readonly pg.Client[], rows: number) {
    this.#clients = clients;
    this.#loops = clients.map((client, at) => this.#write(client, rows, at));
  }

  static async begin({ database, rows }: Prepared): Promise<Writers> {
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => connectAsSuperuser(database.port, database.name)),
    );
    return new Writers(clients, rows);
  }

  /** Milliseconds of the writes since the last call. */
  take(): number[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  async #write(client: pg.Client, rows: number, at: number): Promise<void> {
    const gap = (1000 / WRITES_PER_SECOND) * CONNECTIONS;
    let due = performance.now() + (gap / CONNECTIONS) * at;
    for (let count = 0; !this.#isOver; count++, due += gap) {
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      // Timers are early or late by a millisecond, which is not the database's.
      const begun = wait > 0 ? performance.now() : due;
      const id = 1 + Math.floor(Math.random() * rows);
      // By turns one of the mapped columns, as the old version writes, and another.
      await (count % 2 === 0
        ? client.query({
            name: "street",
            text: "UPDATE address SET street = $2 WHERE id = $1",
            values: [id, `Oak Road ${count}`],
          })
        : client.query({
            name: "city",
            text: "UPDATE address SET city = $2 WHERE id = $1",
            values: [id, `Town ${count}`],
          }));
      this.#taken.push(performance.now() - begun);
    }
  }
}
