// `npm run bench:growth`: how cost grows with pods, migrations and rows, and the slope of each.
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { format } from "prettier";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { settingsFor } from "../../jobs/guard/watched-double.ts";
import { connectAsSuperuser, launchPostgres } from "../../support/postgres/launch-postgres.ts";
import { writeSection } from "../benchmarks-file.ts";
import { currentLoad, machine } from "../schema/machine.ts";
import { backfillCost, type BackfillCost } from "./backfill-cost.ts";
import { objectsCost, type ObjectsCost } from "./objects-cost.ts";
import { onPaper } from "./backfill-on-paper.ts";
import { bundledGuard, guardCost, type GuardCost } from "./guard-cost.ts";
import { previewCost, type PreviewCost } from "./preview-cost.ts";
import { slopeLines } from "../growth-table.ts";
import { growths, markdown, verdictsOf, type GrowthFigures } from "./report.ts";
import { stageCost, type StageCost } from "./stage-cost.ts";
import { marksBytes, verdictBytes } from "./state-size.ts";

/** How much is measured. */
interface Plan {
  readonly pods: readonly number[];
  readonly looks: number;
  /** Until a pod answers: at once, and as one on another node with something to do. */
  readonly pageMilliseconds: readonly number[];
  readonly migrations: readonly number[];
  readonly previews: number;
  readonly objects: readonly number[];
  readonly stages: readonly number[];
  readonly rows: readonly number[];
  readonly fills: number;
}

const FULL: Plan = {
  pods: [2, 20, 200, 1000],
  looks: 6,
  pageMilliseconds: [0, 5],
  migrations: [10, 100, 500],
  previews: 15,
  objects: [5, 50, 200],
  stages: [1, 5, 25, 100],
  rows: [30_000, 100_000, 300_000],
  fills: 2,
};

const QUICK: Plan = {
  pods: [2, 20, 100],
  looks: 3,
  pageMilliseconds: [0],
  migrations: [10, 30],
  previews: 5,
  objects: [5, 20],
  stages: [1, 5, 25],
  rows: [10_000, 30_000],
  fills: 1,
};

const PAPER_ROWS = 10_000_000_000;
const PAPER_RANGES = 4;

/** The server's files reach the disk; vacuums are done between the runs, not by chance in one. */
const SETTINGS = { fsync: "on", shared_buffers: "512MB", max_wal_size: "4GB", autovacuum: "off" };

const program = new Command("bench:growth")
  .description(
    "Measures how cost grows: the guard by pods, preview and stages by migrations and objects, a backfill by rows.",
  )
  .option("--quick", "small sizes: whether it works, not what it says", false)
  .option("--output <file>", "where the figures go", "bench-growth.json")
  .option("--no-report", "leaves BENCHMARKS.md alone")
  .parse();
const options = program.opts<{ quick: boolean; output: string; report: boolean }>();
const say = (line: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

/** One after the other, each told. */
async function each<Size, Cost>(
  what: string,
  sizes: readonly Size[],
  measure: (size: Size) => Promise<Cost>,
): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const size of sizes) {
    const cost = await measure(size);
    say(`${what}: ${JSON.stringify(cost)}`);
    costs.push(cost);
  }
  return costs;
}

async function guards({ pods, looks, pageMilliseconds }: Plan): Promise<GuardCost[][]> {
  const { file, end } = await bundledGuard();
  try {
    const all: GuardCost[][] = [];
    for (const after of pageMilliseconds)
      all.push(await each("guard", pods, (size) => guardCost(file, size, after, looks)));
    return all;
  } finally {
    end();
  }
}

async function previews({ migrations, previews: rounds }: Plan): Promise<PreviewCost[]> {
  // Or the smallest would be measured while its code is compiled.
  await previewCost(migrations[1] ?? 0, rounds);
  return each("preview", migrations, (size) => previewCost(size, rounds));
}

async function manifests({ objects, previews: rounds }: Plan): Promise<ObjectsCost[]> {
  await objectsCost(objects[1] ?? 0, rounds);
  return each("manifests", objects, (size) => objectsCost(size, rounds));
}

async function onPostgres<Found>(
  settings: Readonly<Record<string, string>>,
  work: (port: number) => Promise<Found>,
): Promise<Found> {
  const { port, end } = await launchPostgres(settings);
  try {
    return await work(port);
  } finally {
    await end();
  }
}

/** With vacuums, as a long history leaves old rows in catalogs and ledger; no commit waits. */
const stages = ({ migrations }: Plan) =>
  onPostgres({ fsync: "off" }, (port) =>
    each<number, StageCost>("stage", migrations, (size) => stageCost(port, size)),
  );

const backfills = ({ rows, fills }: Plan) =>
  onPostgres(SETTINGS, async (port) => {
    const client = await connectAsSuperuser(port, "postgres");
    const { rows: said } = await client.query<{ version: string }>("SELECT version()");
    await client.end();
    const costs: BackfillCost[] = await each("backfill", rows, (size) => backfillCost(port, size, fills));
    const largest = costs.at(-1);
    const split = await backfillCost(port, largest?.rows ?? 0, fills, PAPER_RANGES);
    const times = (largest?.seconds ?? Number.NaN) / split.seconds;
    return {
      postgres: /^PostgreSQL [\d.]+/.exec(said[0]?.version ?? "")?.[0] ?? "PostgreSQL",
      backfills: costs,
      papers: [
        onPaper(costs, PAPER_ROWS, 1, 1),
        onPaper(costs, PAPER_ROWS, PAPER_RANGES, Math.max(1, times)),
      ],
      ranges: { ranges: PAPER_RANGES, rows: split.rows, times },
    };
  });

function stateSizes({ migrations, stages, pods }: Plan) {
  const walked = 25;
  const most = migrations.at(-1) ?? 0;
  const settings = settingsFor(1, { limits: DEFAULT_LIMITS });
  return {
    marks: migrations.map((size) => ({ size, cost: marksBytes(size, walked) })),
    marksByStage: stages.map((size) => ({ size, cost: marksBytes(most, size) })),
    verdicts: pods.map((size) => ({ size, cost: verdictBytes(settings, size) })),
  };
}

async function measure(plan: Plan): Promise<GrowthFigures> {
  const begun = performance.now();
  const where = machine();
  const found = {
    guards: await guards(plan),
    previews: await previews(plan),
    objects: await manifests(plan),
    ...stateSizes(plan),
    ...(await backfills(plan)),
    stages: await stages(plan),
  };
  where.load[1] = currentLoad();
  return { machine: where, quick: options.quick, minutes: (performance.now() - begun) / 60_000, ...found };
}

const figures = await measure(options.quick ? QUICK : FULL);
writeFileSync(options.output, `${JSON.stringify(figures, null, 2)}\n`);
if (options.report) writeSection("How cost grows", await format(markdown(figures), { parser: "markdown" }));
for (const line of slopeLines(growths(figures))) say(line);
for (const { goal, found, holds } of verdictsOf(figures))
  say(`${holds ? "holds " : "MISSED"} ${goal}: ${found}`);
