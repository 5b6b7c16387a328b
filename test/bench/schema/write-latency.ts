import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connectAsSuperuser } from "../../support/launch-postgres.ts";
import { fillByHand } from "./fill-rates.ts";
import { fact, runJob } from "./run-job.ts";
import { median, quantile } from "./statistics.ts";
import type { Prepared } from "./tables.ts";

/** Milliseconds. */
export interface Latency {
  readonly writes: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How the application's writes of single rows fare before a backfill, during it, and while the same is done by hand. */
export interface WriteLatency {
  /** Where the server's files were. */
  readonly files: string;
  readonly rows: number;
  readonly rounds: number;
  /** Of all rounds' writes together. */
  readonly before: Latency;
  readonly during: Latency;
  readonly byHand: Latency;
  /** p99 during to p99 before: the median of the spells' own. */
  readonly p99Ratio: number;
  /** Of spells of rounds, each long enough for a p99: a stall of the machine's is in one of them. */
  readonly p99Ratios: readonly number[];
  readonly longestStepMilliseconds: number;
  readonly rowsPerSecond: number;
  readonly pauses: number;
}

const CONNECTIONS = 4;
/** Of all connections together. */
const WRITES_PER_SECOND = 200;
/** Eight of them are above its p99. */
const LEAST_WRITES_OF_SPELL = 800;

/**
 * Rounds one after the other, each on fresh copies of the table: so long without the backfill, then with it, then with its UPDATEs by hand. One more comes
 * before and does not count: in it a new server touches its memory for the first time.
 */
export async function writeLatency(
  prepared: Prepared,
  files: string,
  rounds: number,
  beforeMilliseconds: number,
): Promise<WriteLatency> {
  const before: number[][] = [];
  const during: number[][] = [];
  const byHand: number[][] = [];
  const longest: number[] = [];
  const rates: number[] = [];
  let pauses = 0;
  for (let round = -1; round < rounds; round++) {
    await prepared.reset();
    const writers = await Writers.begin(prepared);
    await sleep(1000);
    writers.take();
    await sleep(beforeMilliseconds);
    const earlier = writers.take();
    let filling: number[] = [];
    const run = await runJob(
      prepared.database,
      prepared.subject,
      { goal: "filled" },
      {
        stopAfter: /^Fill .* rows in \d+ steps/,
        onLine: ({ text }) => {
          if (/^Fill .*: about/.test(text)) writers.take();
          if (/^Fill .* rows in \d+ steps/.test(text)) filling = writers.take();
        },
      },
    );
    await writers.end();
    const filledByHand = await whileFilledByHand(
      prepared,
      Math.round(fact(run, "rows") / fact(run, "batches")),
    );
    if (round < 0) continue;
    before.push(earlier);
    during.push(filling);
    byHand.push(filledByHand);
    longest.push(fact(run, "longestStepMilliseconds"));
    rates.push(fact(run, "rowsPerSecond"));
    pauses += fact(run, "pauses");
  }
  const ratios = spells(before, during).map(
    (spell) => quantile(spell.during, 0.99) / quantile(spell.before, 0.99),
  );
  return {
    files,
    rows: prepared.rows,
    rounds,
    before: latency(before.flat()),
    during: latency(during.flat()),
    byHand: latency(byHand.flat()),
    p99Ratio: median(ratios),
    p99Ratios: ratios,
    longestStepMilliseconds: Math.max(...longest),
    rowsPerSecond: median(rates),
    pauses,
  };
}

/** Rounds put together until each spell has writes enough during the backfill; what is left over at the end belongs to the last one. */
function spells(
  before: readonly (readonly number[])[],
  during: readonly (readonly number[])[],
): readonly { readonly before: number[]; readonly during: number[] }[] {
  const found: { before: number[]; during: number[] }[] = [];
  for (const [round, values] of during.entries()) {
    const left = during.slice(round).flat().length;
    const last = found.at(-1);
    if (last === undefined || (last.during.length >= LEAST_WRITES_OF_SPELL && left >= LEAST_WRITES_OF_SPELL))
      found.push({ before: [], during: [] });
    found.at(-1)?.before.push(...(before[round] ?? []));
    found.at(-1)?.during.push(...values);
  }
  return found;
}

async function whileFilledByHand(prepared: Prepared, rowsPerStep: number): Promise<number[]> {
  await prepared.reset();
  const writers = await Writers.begin(prepared);
  await sleep(1000);
  let filling: number[] = [];
  await fillByHand(prepared, rowsPerStep, {
    begins: () => void writers.take(),
    ends: () => void (filling = writers.take()),
  });
  await writers.end();
  return filling;
}

function latency(values: readonly number[]): Latency {
  return {
    writes: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: Math.max(...values),
  };
}

/** Connections that write random rows at a steady rate; a write that is late counts from when it was due. */
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
