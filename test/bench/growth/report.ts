import { markdownTable } from "../markdown-table.ts";
import type { Machine } from "../schema/machine.ts";
import type { BackfillCost } from "./backfill-cost.ts";
import type { ObjectsCost } from "./objects-cost.ts";
import type { OnPaper } from "./backfill-on-paper.ts";
import type { GuardCost } from "./guard-cost.ts";
import type { PreviewCost } from "./preview-cost.ts";
import {
  count,
  growthsBy,
  growthTable,
  kilobytes,
  seconds,
  slopeVerdict,
  SLOPES_EXPLAINED,
  verdictTable,
  type Growth,
  type Verdict,
} from "../growth-table.ts";
import { sizeAt, type Point } from "./slope.ts";
import { STAGE_GOALS, type StageCost } from "./stage-cost.ts";

/** Everything that `npm run bench:growth` measures in one run. */
export interface GrowthFigures {
  readonly machine: Machine;
  readonly postgres: string;
  readonly quick: boolean;
  readonly minutes: number;
  /** By pods, for each time that a page takes. */
  readonly guards: readonly (readonly GuardCost[])[];
  readonly previews: readonly PreviewCost[];
  readonly objects: readonly ObjectsCost[];
  readonly stages: readonly StageCost[];
  /** Bytes of the marks by migrations, and by stages walked with the most migrations. */
  readonly marks: readonly Point[];
  readonly marksByStage: readonly Point[];
  /** Bytes of the verdict object by pods. */
  readonly verdicts: readonly Point[];
  readonly backfills: readonly BackfillCost[];
  readonly papers: readonly OnPaper[];
  /** How many times as fast several ranges were than one, and with how many rows. */
  readonly ranges: { readonly ranges: number; readonly rows: number; readonly times: number };
}

/** What a guard may have, see components/guard.ts. */
export const GUARD_MEBIBYTES = 128;
/** What a look may take: how often it looks by default. */
export const LOOK_SECONDS = 2;
/** What an API server lets a ConfigMap have. */
const MOST_OBJECT_BYTES = 2 ** 20;

const mebibytes = (cost: number): string => `${cost.toFixed(0)} MiB`;

/** Every cost with its slope. */
export function growths(figures: GrowthFigures): readonly Growth[] {
  const { guards, previews, objects, stages, marks, marksByStage, verdicts, backfills } = figures;
  return [
    ...guards.flatMap((costs) => {
      const after = costs[0]?.pageMilliseconds ?? 0;
      const pages = after === 0 ? "pages at once" : `pages after ${after} ms`;
      return growthsBy("pods", costs, ({ pods }) => pods, [
        [`guard: a look, ${pages}`, (cost) => cost.seconds, seconds],
        [`guard: processor time of a look, ${pages}`, (cost) => cost.processorSeconds, seconds],
        [`guard: memory of its own, ${pages}`, (cost) => cost.ownMebibytes, mebibytes],
      ]);
    }),
    { what: "verdict object", by: "pods", points: verdicts, worded: kilobytes },
    ...growthsBy("migrations", previews, ({ migrations }) => migrations, [
      ["preview: read and parse", (cost) => cost.read, seconds],
      ["preview: judge what `expand` begins", (cost) => cost.refuse, seconds],
      ["preview: plan, and digests of the texts", (cost) => cost.plan, seconds],
      ["`zd plan`: `expand` in words", (cost) => cost.words, seconds],
      ["`zd plan`: the first stage in words", (cost) => cost.firstWords, seconds],
      ["`zd lint`: judge all", (cost) => cost.lint, seconds],
    ]),
    ...growthsBy("objects in the manifests", objects, ({ objects: size }) => size, [
      ["preview: prepare a version", (cost) => cost.prepare, seconds],
      ["preview: compare the files with what serves", (cost) => cost.compare, seconds],
      ["records of both colours in the state", (cost) => cost.recordBytes, kilobytes],
      ["resources of the engine", (cost) => cost.resources, String],
    ]),
    ...growthsBy("migrations", stages, ({ migrations }) => migrations, [
      ["migrate Job: install all of them", (cost) => cost.install, seconds],
      ...STAGE_GOALS.map(
        (goal) =>
          [`migrate Job: one more to \`${goal}\``, (cost: StageCost) => cost.goals[goal], seconds] as const,
      ),
    ]),
    { what: "marks in the state", by: "migrations", points: marks, worded: kilobytes },
    { what: "marks in the state", by: "stages walked", points: marksByStage, worded: kilobytes },
    ...growthsBy("rows", backfills, ({ rows }) => rows, [
      ["backfill", (cost) => cost.seconds, seconds],
      ["comparison of both forms", (cost) => cost.verifySeconds, seconds],
    ]),
  ];
}

export function verdictsOf(figures: GrowthFigures): readonly Verdict[] {
  return [
    slopeVerdict(growths(figures)),
    ...figures.guards.flatMap((costs) => {
      const most = costs.at(-1);
      if (most === undefined) return [];
      const where = `${count(most.pods)} pods, pages ${most.pageMilliseconds === 0 ? "at once" : `after ${most.pageMilliseconds} ms`}`;
      const points = costs.map(({ pods, seconds: cost }) => ({ size: pods, cost }));
      const upTo = sizeAt(points, LOOK_SECONDS);
      return [
        {
          goal: `a look takes at most ${LOOK_SECONDS} s, ${where}`,
          found: `${seconds(most.seconds)}${upTo === null ? "" : `; up to about ${count(upTo)} pods`}`,
          holds: most.seconds <= LOOK_SECONDS,
        },
        {
          goal: `the guard's own memory fits into its ${GUARD_MEBIBYTES} MiB, ${where}`,
          found: mebibytes(most.ownMebibytes),
          holds: most.ownMebibytes <= GUARD_MEBIBYTES,
        },
        {
          goal: `the verdict is written, ${where}`,
          found: `${kilobytes(most.objectBytes)} of ${kilobytes(MOST_OBJECT_BYTES)}, ${most.refusedWrites} refused`,
          holds: most.refusedWrites === 0 && most.objectBytes > 0,
        },
      ];
    }),
  ];
}

export function markdown(figures: GrowthFigures): string {
  const { machine, guards, stages, backfills, papers, ranges } = figures;
  const full = guards
    .flat()
    .reduce<GuardCost | null>(
      (most, cost) => (cost.objectBytes > (most?.objectBytes ?? 0) ? cost : most),
      null,
    );
  const mostPods = full && Math.floor((full.pods * MOST_OBJECT_BYTES) / full.objectBytes / 100) * 100;
  return `\`npm run bench:growth\`, ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, Linux ${machine.kernel}, Node ${machine.node}, ${figures.postgres}; load average ${machine.load[0]} before, ${machine.load[1]} after${figures.quick ? "; **small sizes only**" : ""}. One run of ${figures.minutes.toFixed(1)} min.

${verdictTable(verdictsOf(figures))}

${SLOPES_EXPLAINED}

${growthTable(growths(figures))}

**The guard** is the real one, bundled as in the jobs image, with its pod's heap, and in the middle of a canary's rung: it goes on from a memory that is full. The cluster is a **double**, a
process of its own on the same machine that answers as an API server does (without TLS), and serves every pod's page at an address of its own; half of the pods are of
each colour, a pod is 5 kB as it is listed, a page 40 kB with 430 series, and every look reads all of them, at most 4 at once of each colour. A page that takes long to be made takes its time on top: that is what the
pairs differ by. "Memory of its own" is what the kernel cannot take back (without the files of Node itself); the most in all was ${guards
    .flat()
    .reduce((most, { peakMebibytes }) => Math.max(most, peakMebibytes), 0)
    .toFixed(0)} MiB. "Processor time" is what a look takes of a core when nobody else wants it: on a machine
that others use it waits besides. A look that takes longer than \`canary.metrics.everySeconds\` is told in the guard's log, and by \`zero_downtime_look_seconds\` of its metrics: looks
then follow each other without a pause, and what fails is found as much later. The verdict object may have 1 MiB, which it would have with some ${count(mostPods ?? 0)} pods.

**Migrations** are made up, of five kinds that take turns, one of them with a mapping. A preview besides asks the engine and the cluster, which know nothing of migrations. The Job's seconds are by its own
clock, on tables without rows; its memory, with the heap that Node takes in a Job's 256 MiB and the sources compiled by itself, was ${stages.map(({ migrations, peakMemoryMebibytes }) => `${peakMemoryMebibytes} MiB with ${count(migrations)}`).join(", ")}.

**A backfill on paper.** By what the rows between ${count(backfills.at(-2)?.rows ?? 0)} and ${count(backfills.at(-1)?.rows ?? 0)} have cost each, and no users meanwhile. ${ranges.ranges} ranges at once were ${ranges.times.toFixed(2)}× as fast as one here, with ${count(ranges.rows)} rows on ${machine.cores} cores that server and Job share.

${markdownTable(
  ["rows", "ranges", "fill", "comparison", "table before", "grows by", "log", "transactions"],
  papers.map((paper) => [
    count(paper.rows),
    String(paper.ranges),
    `${paper.fillHours.toFixed(0)} h`,
    `${paper.verifyHours.toFixed(0)} h`,
    terabytes(paper.tableBytes),
    terabytes(paper.growthBytes),
    terabytes(paper.logBytes),
    `≤ ${(paper.transactions / 1e6).toFixed(1)} million`,
  ]),
)}

Before the hours count, so does: the **disk**, as every row is written anew and the table grows by as much as it had, unless vacuum gives back what the first steps left before the
last ones need it, and the log on top, on every replica too; **dead rows**, one of each, which a vacuum that keeps up must find in time (the Job pauses at \`database.limits.deadRows\` and \`deadShare\`); pages that **no memory holds**, as the tables here do
fit into it, so that a disk's reads come on top of each step; and last **transaction ids**, of which a step takes one: far fewer than the 200 million after which a vacuum against wraparound begins, but every row's
old version keeps it busy for as long as the table takes to read.
`;
}

const terabytes = (value: number): string => `${(value / 1e12).toFixed(1)} TB`;
