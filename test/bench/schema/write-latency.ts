import { setTimeout as sleep } from "node:timers/promises";
import { fill, fillByHand, FILL_ENDS, fillSeconds, rowsPerStepOf } from "./fill-rates.ts";
import { fact, type JobRun } from "./run-job.ts";
import { median, quantile } from "./statistics.ts";
import type { Prepared } from "./tables.ts";
import { Writers } from "./writers.ts";

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
  const before = durations(writers);
  let during: number[] = [];
  const run = await fill(prepared, {}, ({ text }) => {
    if (/^Fill .*: about/.test(text)) writers.take();
    if (FILL_ENDS.test(text)) during = durations(writers);
  });
  await writers.end();
  return { before, during, byHand: await whileFilledByHand(prepared, rowsPerStepOf(run)), run };
}

/** Their first second does not count. */
async function writersOfFreshCopy(prepared: Prepared): Promise<Writers> {
  await prepared.renew();
  const writers = await Writers.begin(prepared.database, prepared.rows, WRITES_PER_SECOND);
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
    ends: () => void (filling = durations(writers)),
  });
  await writers.end();
  return filling;
}

const durations = (writers: Writers): number[] => writers.take().map(({ milliseconds }) => milliseconds);

/** Of all rounds' writes together. */
function latency(rounds: readonly Round[], when: "before" | "during" | "byHand"): Latency {
  return latencyOf(rounds.flatMap((round) => round[when]));
}

/** @param values milliseconds */
export function latencyOf(values: readonly number[]): Latency {
  return {
    writes: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: Math.max(...values),
  };
}
