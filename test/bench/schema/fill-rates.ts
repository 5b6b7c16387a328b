import type pg from "pg";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";
import type { Key } from "../../../schema/sql/key-ranges.ts";
import { backfill } from "../../../schema/rows/mapping-queries.ts";
import { BACKFILL_SETTING } from "../../../schema/sql/names.ts";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";
import { fact, runJob, type JobRun, type Line } from "./run-job.ts";
import { median } from "./statistics.ts";
import type { Prepared } from "./tables.ts";

/**
 * How fast the Job fills a table, and how fast the same statements do when sent by hand. Rows per
 * second; medians.
 */
export interface FillRate {
  readonly title: string;
  readonly rows: number;
  readonly pairs: number;
  readonly job: number;
  readonly byHand: number;
  /** Median of the pairs' own ratios. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly rowsPerStep: number;
  readonly millisecondsPerStep: number;
}

/** The line that ends a fill. */
export const FILL_ENDS = /^Fill .* rows in \d+ steps/;

/** Pairs one after the other, in alternating order, each on a fresh copy of the table. */
export async function fillRates(prepared: Prepared, pairs: number): Promise<FillRate> {
  const job: number[] = [];
  const byHand: number[] = [];
  const perStep: number[] = [];
  const milliseconds: number[] = [];
  let rowsPerStep = 1000;
  for (let pair = 0; pair < pairs; pair++) {
    const ours = async () => {
      await prepared.reset();
      const run = await fill(prepared);
      job.push(prepared.rows / fillSeconds(run));
      rowsPerStep = rowsPerStepOf(run);
      perStep.push(rowsPerStep);
      milliseconds.push((fact(run, "backfillSeconds") / fact(run, "batches")) * 1000);
    };
    const theirs = async () => {
      await prepared.reset();
      byHand.push(prepared.rows / (await fillByHand(prepared, rowsPerStep)));
    };
    // The first pair begins with the Job, as its steps decide the size of those by hand.
    for (const half of pair % 2 === 0 ? [ours, theirs] : [theirs, ours]) await half();
  }
  const ratios = job.map((rate, pair) => rate / (byHand[pair] ?? Number.NaN));
  return {
    title: prepared.subject.title,
    rows: prepared.rows,
    pairs,
    job: median(job),
    byHand: median(byHand),
    ratio: median(ratios),
    ratios,
    rowsPerStep: Math.round(median(perStep)),
    millisecondsPerStep: median(milliseconds),
  };
}

/** The Job up to the end of its fill. */
export function fill(
  prepared: Prepared,
  parts: Partial<MigrateSettings> = {},
  onLine: (line: Line) => void = () => undefined,
): Promise<JobRun> {
  const { database, subject } = prepared;
  return runJob(database, subject, { goal: "filled", ...parts }, { stopAfter: FILL_ENDS, onLine });
}

/** On average. */
export function rowsPerStepOf(run: JobRun): number {
  return Math.round(fact(run, "rows") / fact(run, "batches"));
}

/** As `fillSpan`. */
export function fillSeconds(run: JobRun): number {
  const { begin, end } = fillSpan(run);
  return (end - begin) / 1000;
}

/**
 * From the line that begins the fill to the one that ends it, in milliseconds of the clock: pauses,
 * key look-ups and the ledger's writes included.
 */
export function fillSpan({ lines, result }: JobRun): { readonly begin: number; readonly end: number } {
  const begin = lines.find(({ text }) => /^Fill .*(: about|$)/.test(text));
  const end = lines.find(({ text }) => FILL_ENDS.test(text));
  if (begin === undefined || end === undefined)
    throw new Error(`Cannot measure as the Job did not fill: ${result.summary}`);
  return { begin: begin.at, end: end.at };
}

/**
 * The Job's own statement over ranges of so many rows, each in a transaction with the Job's
 * settings; the keys are looked up before. Seconds.
 */
export async function fillByHand(
  prepared: Prepared,
  rowsPerStep: number,
  on: { readonly begins?: () => void; readonly ends?: () => void } = {},
): Promise<number> {
  const { database, subject } = prepared;
  const { key } = subject.mapped;
  const names = key.map(({ name }) => name).join(", ");
  const bounds = await database.query<Record<string, string>>(
    `SELECT ${key.map(({ name }) => `${name}::text`).join(", ")} FROM (SELECT ${names}, row_number() OVER (ORDER BY ${names}) AS n FROM address) AS numbered WHERE n % $1 = 0 OR n = (SELECT count(*) FROM address) ORDER BY n`,
    [rowsPerStep],
  );
  const keys = bounds.map((row): Key => Object.values(row));
  const ranges = keys.map((upTo, at) => ({ after: keys[at - 1] ?? null, upTo }));
  const client = await connectAsSuperuser(database.port, database.name);
  on.begins?.();
  const begun = performance.now();
  await sendRanges(client, prepared, ranges);
  const seconds = (performance.now() - begun) / 1000;
  on.ends?.();
  await client.end();
  const [left] = await database.query(subject.unfilled);
  if (left?.["n"] !== 0) throw new Error(`Cannot measure as rows were left by hand: ${JSON.stringify(left)}`);
  return seconds;
}

async function sendRanges(
  client: pg.Client,
  { subject }: Prepared,
  ranges: readonly { readonly after: Key | null; readonly upTo: Key | null }[],
): Promise<void> {
  for (const range of ranges) {
    const { sql, values } = backfill(subject.mapped, range, [], "all");
    await client.query(`BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL ${BACKFILL_SETTING} = 'on'`);
    await client.query(sql.text, [...values]);
    await client.query("COMMIT");
  }
}
