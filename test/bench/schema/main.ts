// `npm run bench:schema`: what a schema change costs, as ratios measured in one run on a PostgreSQL
// of its own.
import { rmSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { format } from "prettier";
import { POSTGRES } from "../../../schema/sql/compare.ts";
import { connectAsSuperuser, launchPostgres } from "../../support/postgres/launch-postgres.ts";
import { writeSection } from "../benchmarks-file.ts";
import { besideWrites } from "./beside-writes.ts";
import { blocking } from "./blocking.ts";
import { fill, fillRates, fillSeconds, type FillRate } from "./fill-rates.ts";
import { currentLoad, machine } from "./machine.ts";
import { fact, reach } from "./run-job.ts";
import { markdown, verdicts, type PlacedLatency, type SchemaFigures } from "./report.ts";
import { median } from "./statistics.ts";
import { addressBook, addressBookCaught, addressBookWith, addressMoved, type Subject } from "./subject.ts";
import { Prepared } from "./tables.ts";
import { catchingCost, triggerCost } from "./trigger-cost.ts";
import { writeLatency } from "./write-latency.ts";

/** How much is measured. */
interface Plan {
  /** Rows and pairs of runs; the first and the last are compared. */
  readonly fills: readonly (readonly [rows: number, pairs: number])[];
  readonly otherKeys: readonly [rows: number, pairs: number];
  /** As long before as the backfill takes, more or less: the longest of more writes is longer. */
  readonly latencies: readonly (readonly [rows: number, rounds: number, beforeMilliseconds: number])[];
  /** Each on a machine that has nothing else to do, and on a busy one. */
  readonly besideWrites: readonly [rows: number, pairs: number];
  readonly triggers: readonly [rows: number, pairs: number];
  readonly twoRanges: readonly [rows: number, pairs: number];
  readonly blocking: readonly [rows: number, heldSeconds: number];
}

const FULL: Plan = {
  fills: [
    [100_000, 15],
    [1_000_000, 3],
    [3_000_000, 2],
  ],
  otherKeys: [300_000, 7],
  latencies: [
    [100_000, 20, 4_000],
    [1_000_000, 5, 35_000],
  ],
  besideWrites: [300_000, 7],
  triggers: [300_000, 7],
  twoRanges: [300_000, 5],
  blocking: [100_000, 30],
};

const QUICK: Plan = {
  fills: [
    [20_000, 1],
    [60_000, 1],
  ],
  otherKeys: [20_000, 1],
  latencies: [[60_000, 1, 1_000]],
  besideWrites: [60_000, 1],
  triggers: [30_000, 3],
  twoRanges: [60_000, 1],
  blocking: [10_000, 2],
};

/** What makes a machine a busy one. */
const NICED_PROGRAMS = 3;

/** A file system in the machine's memory. */
const MEMORY = "/dev/shm";

/**
 * Commits wait for the disk; vacuums and checkpoints are done between the runs rather than by
 * chance in one of two halves, and no file of the log goes.
 */
const SETTINGS = {
  fsync: "on",
  shared_buffers: "1GB",
  min_wal_size: "8GB",
  max_wal_size: "8GB",
  checkpoint_timeout: "1h",
  autovacuum: "off",
};

/** There the log takes memory. */
const SETTINGS_IN_MEMORY = { ...SETTINGS, min_wal_size: "80MB" };

const program = new Command("bench:schema")
  .description(
    "Measures backfill, triggers and locks of a schema change on a PostgreSQL that it starts for itself.",
  )
  .option("--quick", "small sizes: whether it works, not what it says", false)
  .option("--output <file>", "where the figures go", "bench-schema.json")
  .option("--no-report", "leaves BENCHMARKS.md alone")
  .parse();
const options = program.opts<{ quick: boolean; output: string; report: boolean }>();
const say = (line: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function measure(plan: Plan): Promise<SchemaFigures> {
  const begun = performance.now();
  const where = machine();
  const { port, end } = await launchPostgres(SETTINGS);
  const book = await addressBook();
  const caught = await addressBookCaught();
  const others = [
    await addressBookWith(
      "uuid",
      [{ name: "id", type: "uuid", comparison: POSTGRES, isOwnType: false }],
      "md5(i::text)::uuid",
    ),
    await addressBookWith(
      "uuid and text",
      [
        { name: "tenant", type: "uuid", comparison: POSTGRES, isOwnType: false },
        { name: "code", type: "text", comparison: POSTGRES, isOwnType: false },
      ],
      "md5((i % 50)::text)::uuid, 'code ' || i",
    ),
    await addressMoved(),
  ];
  try {
    const on = async <T>(
      subject: Subject,
      rows: number,
      work: (prepared: Prepared) => Promise<T>,
    ): Promise<T> => {
      const prepared = await Prepared.create(port, subject, rows);
      try {
        return await work(prepared);
      } finally {
        await prepared.drop();
      }
    };
    const rates = async (subject: Subject, rows: number, pairs: number): Promise<FillRate> => {
      const rate = await on(subject, rows, (prepared) => fillRates(prepared, pairs));
      say(
        `filled ${rows} rows by ${subject.title}: ${Math.round(rate.job)} rows/s, ${rate.ratio.toFixed(2)} of by hand`,
      );
      return rate;
    };
    const latencies: PlacedLatency[] = [];
    const measureWrites = async (server: number, files: string): Promise<void> => {
      for (const [rows, rounds, before] of plan.latencies) {
        // Dropped with the server: see `renew`.
        const prepared = await Prepared.create(server, book, rows);
        const latency = { files, ...(await writeLatency(prepared, rounds, before)) };
        say(
          `writes beside ${rows} rows, files ${files}: p99 ${latency.p99Ratio.toFixed(2)}×, max ${latency.during.max.toFixed(0)} ms`,
        );
        latencies.push(latency);
      }
    };
    await measureWrites(port, "on disk");
    const inMemory = await launchPostgres(SETTINGS_IN_MEMORY, MEMORY);
    try {
      await measureWrites(inMemory.port, "in memory");
    } finally {
      await inMemory.end();
    }

    const besides = await on(book, plan.besideWrites[0], async (prepared) => {
      const found = [];
      for (const niced of [0, NICED_PROGRAMS])
        found.push(await besideWrites(prepared, plan.besideWrites[1], niced));
      return found;
    });
    for (const { job, loop, ratio, nicedPrograms } of besides) {
      say(
        `beside writes and ${nicedPrograms} niced programs: ${ratio.toFixed(2)}× the loop's time, p99 ${job.users.p99.toFixed(1)} ms, beside the loop ${loop.users.p99.toFixed(1)} ms`,
      );
    }

    const [rows, pairs] = plan.triggers;
    const triggers = [
      ...(await on(book, rows, (prepared) => triggerCost(prepared, pairs))),
      await on(book, rows, (plain) => on(caught, rows, (other) => catchingCost(plain, other, pairs))),
    ];
    for (const cost of triggers) say(`trigger on ${cost.column} writes: ${cost.ratio.toFixed(2)}×`);

    const fills = [];
    for (const [rows, pairs] of plan.fills) fills.push(await rates(book, rows, pairs));
    const otherKeys = [];
    for (const subject of others) otherKeys.push(await rates(subject, ...plan.otherKeys));

    const twoRanges = await on(book, plan.twoRanges[0], (prepared) =>
      compareRanges(prepared, plan.twoRanges[1]),
    );
    say(`two ranges at once: ${twoRanges.ratio.toFixed(2)}×`);

    const blockings = [];
    for (const goal of ["expanded", "contracted"] as const) {
      const found = await on(book, plan.blocking[0], (prepared) =>
        blocking(prepared, goal, plan.blocking[1]),
      );
      say(
        `${goal} beside a transaction of ${found.heldSeconds} s: queue ${found.longestQueue.toFixed(0)} ms, held ${found.longestHeld.toFixed(0)} ms`,
      );
      blockings.push(found);
    }
    const peakMemoryMebibytes = await on(book, plan.fills.at(-1)?.[0] ?? 0, wholeRelease);
    say(`memory of the Job: ${peakMemoryMebibytes} MiB`);

    const client = await connectAsSuperuser(port, "postgres");
    const version = await client.query<{ version: string }>("SELECT version()");
    await client.end();
    where.load[1] = currentLoad();
    return {
      machine: where,
      postgres: /^PostgreSQL [\d.]+/.exec(version.rows[0]?.version ?? "")?.[0] ?? "PostgreSQL",
      settings: SETTINGS,
      settingsInMemory: SETTINGS_IN_MEMORY,
      quick: options.quick,
      fills,
      otherKeys,
      twoRanges,
      latencies,
      besideWrites: besides,
      triggers,
      blockings,
      peakMemoryMebibytes,
      minutes: (performance.now() - begun) / 60_000,
    };
  } finally {
    await end();
    for (const { folder } of [caught, ...others]) rmSync(folder, { recursive: true, force: true });
  }
}

async function compareRanges(prepared: Prepared, pairs: number): Promise<SchemaFigures["twoRanges"]> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const seconds = [0, 0];
    for (const ranges of pair % 2 === 0 ? [1, 2] : [2, 1]) {
      await prepared.reset();
      seconds[ranges - 1] = fillSeconds(await fill(prepared, { ranges }));
    }
    ratios.push((seconds[0] ?? Number.NaN) / (seconds[1] ?? Number.NaN));
  }
  return { rows: prepared.rows, ratio: median(ratios), ratios };
}

/** The most that any Job of a release takes, from expanding to contracting. */
async function wholeRelease(prepared: Prepared): Promise<number> {
  await prepared.reset("base");
  const peaks: number[] = [];
  for (const goal of ["expanded", "filled", "contracted"] as const) {
    peaks.push(fact(await reach(prepared.database, prepared.subject, { goal }), "peakMemoryMebibytes"));
  }
  return Math.max(...peaks);
}

const figures = await measure(options.quick ? QUICK : FULL);
writeFileSync(options.output, `${JSON.stringify(figures, null, 2)}\n`);
if (options.report) writeSection("Schema changes", await format(markdown(figures), { parser: "markdown" }));
for (const { goal, found, holds } of verdicts(figures))
  say(`${holds ? "holds " : "MISSED"} ${goal}: ${found}`);
