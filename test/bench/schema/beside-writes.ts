import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { backfill } from "../../../schema/rows/mapping-queries.ts";
import { BACKFILL_SETTING } from "../../../schema/sql/names.ts";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";
import { fill, fillSpan } from "./fill-rates.ts";
import { median } from "./statistics.ts";
import type { Prepared } from "./tables.ts";
import { latencyOf, type Latency } from "./write-latency.ts";
import type { Write } from "./writers.ts";

/** A table filled by the Job and by a plain loop, beside users. */
export interface BesideWrites {
  readonly rows: number;
  readonly pairs: number;
  /** Programs of low priority that took what they could get meanwhile. */
  readonly nicedPrograms: number;
  readonly job: Filled;
  readonly loop: Filled;
  /** The Job's seconds to the loop's: the median of the pairs' own. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** Medians of the pairs, and users' writes of all pairs together. */
export interface Filled {
  readonly seconds: number;
  readonly users: Latency;
}

export const WRITES_PER_SECOND = 100;
export const LOOP_ROWS = 1_000;
const NICE = 10;
/** Until caches are warm and connections are there. */
const WARM_UP_MILLISECONDS = 1_500;

/** Seconds of the clock in which a table was filled. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

/** Pairs one after the other, in alternating order, each on a fresh copy of the table. */
export async function besideWrites(
  prepared: Prepared,
  pairs: number,
  nicedPrograms: number,
): Promise<BesideWrites> {
  const programs = Array.from({ length: nicedPrograms }, niced);
  const taken = { job: [] as Taken[], loop: [] as Taken[] };
  try {
    for (let pair = 0; pair < pairs; pair++) {
      const halves = [
        async () => void taken.job.push(await besideUsers(prepared, byJob)),
        async () => void taken.loop.push(await besideUsers(prepared, byLoop)),
      ];
      for (const half of pair % 2 === 0 ? halves : halves.toReversed()) await half();
    }
  } finally {
    for (const program of programs) program.kill("SIGKILL");
  }
  const ratios = taken.job.map(({ seconds }, pair) => seconds / (taken.loop[pair]?.seconds ?? Number.NaN));
  return {
    rows: prepared.rows,
    pairs,
    nicedPrograms,
    job: filled(taken.job),
    loop: filled(taken.loop),
    ratio: median(ratios),
    ratios,
  };
}

interface Taken {
  readonly seconds: number;
  readonly writes: readonly number[];
}

function filled(taken: readonly Taken[]): Filled {
  return {
    seconds: median(taken.map(({ seconds }) => seconds)),
    users: latencyOf(taken.flatMap(({ writes }) => writes)),
  };
}

async function besideUsers(prepared: Prepared, work: (prepared: Prepared) => Promise<Span>): Promise<Taken> {
  await prepared.reset();
  const { port, name } = prepared.database;
  const users = spawn(
    process.execPath,
    ["test/bench/schema/users.ts", ...[port, name, prepared.rows, WRITES_PER_SECOND].map(String)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const told = text(users.stdout);
  await sleep(WARM_UP_MILLISECONDS);
  const span = await work(prepared);
  users.stdin.end();
  const writes = (JSON.parse(await told) as Write[]).filter(({ at }) => at >= span.begin && at <= span.end);
  return {
    seconds: (span.end - span.begin) / 1000,
    writes: writes.map(({ milliseconds }) => milliseconds),
  };
}

async function byJob(prepared: Prepared): Promise<Span> {
  return fillSpan(await fill(prepared));
}

/** What other tools do: ranges of so many keys, each an UPDATE that commits by itself. */
async function byLoop({ database, subject, rows }: Prepared): Promise<Span> {
  const client = await connectAsSuperuser(database.port, database.name);
  await client.query(`SET ${BACKFILL_SETTING} = 'on'`);
  const begin = Date.now();
  for (let after = 0; after < rows; after += LOOP_ROWS) {
    const range = { after: [String(after)], upTo: [String(after + LOOP_ROWS)] };
    const { sql, values } = backfill(subject.mapped, range, [], "all");
    await client.query(sql.text, [...values]);
  }
  const end = Date.now();
  await client.end();
  const [left] = await database.query(subject.unfilled);
  if (left?.["n"] !== 0) throw new Error(`Cannot measure as rows were left: ${JSON.stringify(left)}`);
  return { begin, end };
}

/** Ends with this process at the latest. */
function niced(): ChildProcess {
  const program = spawn(
    "nice",
    ["-n", String(NICE), process.execPath, "-e", "const id = process.ppid; while (process.ppid === id);"],
    { stdio: "ignore" },
  );
  process.once("exit", () => program.kill("SIGKILL"));
  return program;
}
