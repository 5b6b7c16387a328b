import { markdownTable } from "../markdown-table.ts";
import type { Machine } from "../schema/machine.ts";
import { middleOf, middleRows, verdictsOf, type StageFigures } from "./figures.ts";
import { LEGS } from "./job-course.ts";
import type { Row } from "./account.ts";

/** How it was measured. */
export interface Circumstances {
  readonly machine: Machine;
  readonly rounds: number;
  readonly rows: number;
  /** Requests a second. */
  readonly rate: number;
  readonly sent: number;
  /** Requests that failed or were answered wrongly. */
  readonly failed: number;
  /** The provider plugins: "official" or "stand-in". */
  readonly plugins: string;
}

/** What takes less is told as one. */
const LEAST_SECONDS = 0.1;

/** All figures as Markdown. */
export function report(stages: readonly StageFigures[], circumstances: Circumstances): string {
  return [
    introduction(circumstances),
    overview(stages, circumstances.machine.cores),
    EXPLANATION,
    jobTable(stages),
    ...stages.filter(({ accounts }) => accounts.some(({ rows }) => rows.length > 0)).map(stageTable),
  ].join("\n\n");
}

function introduction({ machine, rounds, rows, rate, sent, failed, plugins }: Circumstances): string {
  const { date, processor, cores, memoryGibibytes, kernel, node, load } = machine;
  return (
    `\`npm run bench:stages\`, ${date}: ${processor}, ${cores} cores, ${memoryGibibytes} GiB, Linux ${kernel}, Node ${node}; load average ${load[0]} before, ${load[1]} after. ` +
    `The one-machine environment, with ${plugins} plugins; ${rounds === 1 ? "one round" : `${rounds} rounds, each`} with a namespace and a database of its own; seconds, in the middle of all rounds. ` +
    `${count(rows)} rows; ${rate} requests/s on fresh and kept-alive connections meanwhile: ${count(sent)} sent, ${count(failed)} failed or wrong. The image of the Jobs is built before.`
  );
}

/** Column heads of the parts, in the order in which they are met. */
const COLUMNS = [
  ["engine", "engine starts"],
  ["program", "program starts"],
  ["pods", "application's pods start"],
  ["start", "Jobs' pods start"],
  ["work", "Jobs work"],
  ["complete", "until Complete"],
  ["other", "other operations"],
  ["between", "between"],
  ["end", "engine ends"],
] as const;

function overview(stages: readonly StageFigures[], cores: number): string {
  const head = ["", "seconds", "from – to", ...COLUMNS.map(([, title]) => title), "CPU", "goal"];
  const rows = stages.map((stage) => {
    const middle = middleOf(stage.accounts);
    return [
      `${stage.title} (\`${stage.door}\`)`,
      `**${tenths(middle.seconds)}**`,
      `${tenths(middle.fastest)} – ${tenths(middle.slowest)}`,
      ...COLUMNS.map(([part]) => tenths(middle.split[part])),
      `${tenths(middle.processorSeconds)}, ${((100 * middle.processorSeconds) / (cores * middle.seconds)).toFixed(0)} %`,
      goalText(stage),
    ];
  });
  return markdownTable(head, rows);
}

function goalText(stage: StageFigures): string {
  const { besidesPods } = stage.goal ?? {};
  return verdictsOf(stage)
    .map(({ limit, found, holds }, at) => {
      const goal = `${at === 0 ? "" : "aim "}≤ ${limit} s${besidesPods ? " besides the application's pods" : ""}`;
      return holds ? `${goal}: held` : `${goal}: **missed** by ${tenths(found - limit)} s`;
    })
    .join("; ");
}

const EXPLANATION = `Every moment counts once, for the first of these that was under way: the engine's start (until its first event), the program's start (until it
names a resource), the end (after the last resource), pods of the application that are not ready yet, work of Jobs (from their containers' start to
their last line), Jobs' pods that start, Jobs that have done their work and are not yet \`Complete\`, other operations of the engine. "Between" are
moments of none: engine, program or a plugin were at work. "CPU" is what all processors together worked, for users, cluster and database too, and
their share of what they could. Of \`zd next\` no engine is heard: its first line takes the place of the first event, and what comes to be in the
cluster that of the resources. The rung and its way back are those of one canary release with the same schema change, to and fro as often as there
are rounds; its judge looks at failures alone.

Each leg of a Job begins where the one before it ends. Times are those at which this benchmark's own watches heard of it; "first line" and "last line"
are those of the pod's log, "criteria met" and "complete" conditions of the Job, and "told" is the end of its operation.`;

/** Legs of all Jobs together: what they have in common is the cluster's. */
function jobTable(stages: readonly StageFigures[]): string {
  const jobs = stages.flatMap(({ accounts }) =>
    accounts.flatMap(({ rows }) =>
      rows.filter(({ legs }) => Object.keys(legs).length > 0).map((row) => ({ ...row, title: "Job" })),
    ),
  );
  const [middle] = middleRows(jobs);
  return [
    `### A Job, in the middle of ${count(jobs.length)}`,
    markdownTable(["seconds", ...LEGS], middle ? [[hundredths(middle.seconds), ...legCells(middle)]] : []),
  ].join("\n\n");
}

const legCells = ({ legs }: Row): string[] =>
  LEGS.map((leg) => (legs[leg] === undefined ? "" : hundredths(legs[leg])));

function stageTable({ title, accounts }: StageFigures): string {
  const { rows } = middleOf(accounts);
  const isShort = ({ seconds }: Row) => seconds < LEAST_SECONDS;
  const short = rows.filter(isShort);
  const table = markdownTable(
    ["operation", "begins", "idle before", "seconds", ...LEGS],
    rows
      .filter((row) => !isShort(row))
      .map((row) => [
        row.title,
        tenths(row.begun),
        hundredths(row.idle),
        hundredths(row.seconds),
        ...legCells(row),
      ]),
  );
  const sum = (of: (row: Row) => number) => tenths(short.reduce((all, row) => all + of(row), 0));
  const others = `${short.length} that took less than ${LEAST_SECONDS} s each: ${sum(({ seconds }) => seconds)} s in all, after ${sum(({ idle }) => idle)} s idle.`;
  return [`### ${title}`, table, ...(short.length > 0 ? [others] : [])].join("\n\n");
}

const tenths = (seconds: number): string => seconds.toFixed(1);
const hundredths = (seconds: number): string => seconds.toFixed(2);
const count = (value: number): string => value.toLocaleString("en");
