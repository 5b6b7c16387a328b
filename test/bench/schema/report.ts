import { markdownTable } from "../markdown-table.ts";
import { LOOP_ROWS, WRITES_PER_SECOND, type BesideWrites } from "./beside-writes.ts";
import type { Blocking } from "./blocking.ts";
import type { FillRate } from "./fill-rates.ts";
import type { Machine } from "./machine.ts";
import type { TriggerCost } from "./trigger-cost.ts";
import type { Latency, WriteLatency } from "./write-latency.ts";

/** Everything that `npm run bench:schema` measures in one run. */
export interface SchemaFigures {
  readonly machine: Machine;
  readonly postgres: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly settingsInMemory: { readonly min_wal_size: string };
  readonly quick: boolean;
  readonly fills: readonly FillRate[];
  readonly otherKeys: readonly FillRate[];
  /** The Job in two ranges at once, as a multiple of its rate in one; the pairs' own besides. */
  readonly twoRanges: { readonly rows: number; readonly ratio: number; readonly ratios: readonly number[] };
  readonly latencies: readonly PlacedLatency[];
  readonly besideWrites: readonly BesideWrites[];
  readonly triggers: readonly TriggerCost[];
  readonly blockings: readonly Blocking[];
  readonly peakMemoryMebibytes: number;
  readonly minutes: number;
}

export interface PlacedLatency extends WriteLatency {
  /** Where the server's files were. */
  readonly files: string;
}

/** A goal, what was measured, and whether it holds. */
export interface Verdict {
  readonly goal: string;
  readonly found: string;
  readonly holds: boolean;
}

const LOCK_TIMEOUT_MILLISECONDS = 300;

export function verdicts(figures: SchemaFigures): readonly Verdict[] {
  const [smallest, largest] = [figures.fills[0], figures.fills.at(-1)];
  const flat = (largest?.job ?? 0) / (smallest?.job ?? Number.NaN);
  const unrelated = figures.triggers.find(({ column }) => column === "unrelated");
  return [
    ...[...figures.fills, ...figures.otherKeys].map((fill) => ({
      goal: `backfill ≥ 80 % of by hand, ${count(fill.rows)} rows, key ${fill.title}`,
      found: percent(fill.ratio),
      holds: fill.ratio >= 0.8,
    })),
    {
      goal: `rate at ${count(largest?.rows ?? 0)} rows ≥ 80 % of that at ${count(smallest?.rows ?? 0)}`,
      found: percent(flat),
      holds: flat >= 0.8,
    },
    ...figures.latencies.flatMap((latency) => {
      const most = latency.before.max + 2 * latency.longestStepMilliseconds;
      const where = `${count(latency.rows)} rows, files ${latency.files}`;
      return [
        {
          goal: `p99 of writes during < 2× before, ${where}`,
          found: `${latency.p99Ratio.toFixed(2)}×`,
          holds: latency.p99Ratio < 2,
        },
        {
          goal: `longest write during < longest before + two steps, ${where}`,
          found: `${latency.during.max.toFixed(0)} ms, limit ${most.toFixed(0)} ms`,
          holds: latency.during.max < most,
        },
      ];
    }),
    ...figures.besideWrites.flatMap((beside) => {
      const where = `${count(beside.rows)} rows beside ${WRITES_PER_SECOND} writes/s, ${machineOf(beside)}`;
      return [
        {
          goal: `Job ≤ 1.25× a plain loop's time, ${where}`,
          found: `${beside.ratio.toFixed(2)}×`,
          holds: beside.ratio <= 1.25,
        },
        {
          goal: `p99 of users' writes ≤ that beside the loop, ${where}`,
          found: `${beside.job.users.p99.toFixed(1)} ms, beside the loop ${beside.loop.users.p99.toFixed(1)} ms`,
          holds: beside.job.users.p99 <= beside.loop.users.p99,
        },
      ];
    }),
    {
      goal: "trigger on unrelated writes ≤ 1.3×",
      found: `${unrelated?.ratio.toFixed(2) ?? "?"}×`,
      holds: (unrelated?.ratio ?? Number.NaN) <= 1.3,
    },
    ...figures.blockings.map((blocking) => ({
      goal: `${blocking.goal}: nobody is queued behind us for longer than the lock timeout (${LOCK_TIMEOUT_MILLISECONDS} ms)`,
      found: `${blocking.longestQueue.toFixed(0)} ms`,
      // A look takes place every few milliseconds, and a timeout is a little late on a
      // busy machine.
      holds: blocking.longestQueue <= LOCK_TIMEOUT_MILLISECONDS + 30,
    })),
    {
      goal: "memory of the migrate Job < 200 MiB",
      found: `${figures.peakMemoryMebibytes} MiB`,
      holds: figures.peakMemoryMebibytes < 200,
    },
  ];
}

export function markdown(figures: SchemaFigures): string {
  const { machine } = figures;
  return `\`npm run bench:schema\`, ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, Linux ${machine.kernel}, Node ${machine.node}, ${figures.postgres} (${Object.entries(
    figures.settings,
  )
    .map(([name, value]) => `\`${name} = ${value}\``)
    .join(
      ", ",
    )}); load average ${machine.load[0]} before, ${machine.load[1]} after${figures.quick ? "; **small sizes only**" : ""}. One run of ${figures.minutes.toFixed(0)} min, everything paired in it; medians.

${markdownTable(
  ["goal", "measured", ""],
  verdicts(figures).map(({ goal, found, holds }) => [goal, found, holds ? "holds" : "**missed**"]),
)}

**Backfill.** The Job against its own UPDATE sent by hand: same ranges, one transaction each, trigger in place, \`synchronous_commit\` off in
both. The Job's time runs from the first line about the fill to the last, so it includes looking up keys, the ledger, watching the load and pausing.
A look-up reads each row of its step once more, which costs most where neighbours by key lie far apart, as with uuid.

${markdownTable(
  ["rows", "key", "Job, rows/s", "by hand, rows/s", "ratio", "ratios of the pairs", "step"],
  [...figures.fills, ...figures.otherKeys].map((fill) => [
    count(fill.rows),
    fill.title,
    count(fill.job),
    count(fill.byHand),
    percent(fill.ratio),
    fill.ratios.map((ratio) => ratio.toFixed(2)).join(", "),
    `${count(fill.rowsPerStep)} rows, ${fill.millisecondsPerStep.toFixed(0)} ms`,
  ]),
)}

In two ranges at once (\`database.ranges: 2\`) the Job fills ${count(figures.twoRanges.rows)} rows ${figures.twoRanges.ratio.toFixed(2)}× as fast as in one (${figures.twoRanges.ratios.map((ratio) => ratio.toFixed(2)).join(", ")}). One is what it does unless told otherwise: what it gains may be the application's loss.

**Writes of single rows meanwhile**: four connections, 200 writes a second in all, by turns a mapped column and another one; milliseconds, of
all rounds together. The Job's rows/s here are with its rests, where it takes any. The ratio of p99 is the median of those of spells of rounds
with 800 writes or more. "By hand" is during the same UPDATEs in the same ranges without the Job, one after the other without a rest. Application, Job and server share the cores. Files "in memory" are on a disk that takes
no time: what is left is the server's own and the processor's; \`min_wal_size\` is ${figures.settingsInMemory.min_wal_size} there. Files "on disk" are on this machine's, which stalls now and then whoever uses it: see p99 and max before. No database or log is deleted meanwhile, as a disk that discards stalls then.

${markdownTable(
  [
    "rows",
    "files",
    "",
    "writes",
    "p50",
    "p99",
    "max",
    "longest step",
    "backfill, rows/s",
    "p99 to that before, by spell",
  ],
  figures.latencies.flatMap((latency) => [
    [count(latency.rows), latency.files, "before", ...latencyCells(latency.before), "", "", ""],
    [
      "",
      "",
      "during",
      ...latencyCells(latency.during),
      String(latency.longestStepMilliseconds),
      count(latency.rowsPerSecond),
      latency.p99Ratios.map((ratio) => ratio.toFixed(1)).join(", "),
    ],
    ["", "", "by hand", ...latencyCells(latency.byHand), "", "", ""],
  ]),
)}

**Beside ${WRITES_PER_SECOND} writes a second** of single rows, by users in a process of their own: the Job's fill, and what other tools do, a plain loop of UPDATEs of
${count(LOOP_ROWS)} keys each, in turn on the same server. Seconds are medians of the pairs; milliseconds are of the users' writes of all pairs together. Niced programs take all
the processor that is left to them.

${markdownTable(
  [
    "rows",
    "machine",
    "",
    "seconds",
    "users' writes",
    "p50",
    "p99",
    "max",
    "Job's time to the loop's, by pair",
  ],
  figures.besideWrites.flatMap((beside) => [
    [
      count(beside.rows),
      machineOf(beside),
      "Job",
      beside.job.seconds.toFixed(1),
      ...latencyCells(beside.job.users),
      beside.ratios.map((ratio) => ratio.toFixed(2)).join(", "),
    ],
    ["", "", "loop", beside.loop.seconds.toFixed(1), ...latencyCells(beside.loop.users), ""],
  ]),
)}

**The sync triggers**, in an UPDATE of all rows of a table that is in memory; seconds. \`caught\` compares a mapped column's write through a mapping that is
known never to fail with one through the form that catches errors.

${markdownTable(
  ["column", "rows", "without", "with", "ratio", "ratios of the pairs"],
  figures.triggers.map((cost) => [
    cost.column,
    count(cost.rows),
    cost.without.toFixed(2),
    cost.with.toFixed(2),
    `${cost.ratio.toFixed(2)}×`,
    cost.ratios.map((ratio) => ratio.toFixed(2)).join(", "),
  ]),
)}

**Locks**, while a transaction has read the table and stays open; milliseconds where nothing else is said. "Queue" is the time in which others
queue behind us, "held" that in which we have a lock that blocks writes.

${markdownTable(
  [
    "goal",
    "transaction",
    "Job",
    "attempts in vain",
    "longest queue",
    "longest held",
    "held in all",
    "writes by others: p50",
    "longest",
  ],
  figures.blockings.map((blocking) => [
    blocking.goal,
    `${blocking.heldSeconds} s`,
    `${blocking.seconds.toFixed(1)} s`,
    String(blocking.attempts),
    blocking.longestQueue.toFixed(0),
    blocking.longestHeld.toFixed(0),
    blocking.heldInAll.toFixed(0),
    blocking.p50.toFixed(1),
    blocking.longestWrite.toFixed(0),
  ]),
)}
`;
}

const latencyCells = ({ writes, p50, p99, max }: Latency): readonly string[] => [
  count(writes),
  ...[p50, p99, max].map((value) => value.toFixed(1)),
];

const count = (value: number): string => Math.round(value).toLocaleString("en-GB");
const percent = (value: number): string => `${(value * 100).toFixed(0)} %`;

function machineOf({ nicedPrograms }: BesideWrites): string {
  return nicedPrograms === 0 ? "quiet" : `${nicedPrograms} niced programs`;
}
