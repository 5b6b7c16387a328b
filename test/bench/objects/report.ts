import {
  growthsBy,
  growthTable,
  kilobytes,
  seconds,
  slopeVerdict,
  SLOPES_EXPLAINED,
  verdictTable,
  type Growth,
} from "../growth-table.ts";
import { markdownTable } from "../markdown-table.ts";
import type { Machine } from "../schema/machine.ts";
import { COMMANDS, type ObjectsFigures, type TimedCommand } from "./measure-objects.ts";

/** Everything that `npm run bench:objects` measures in one run, and how. */
export interface ObjectsReport {
  readonly machine: Machine;
  /** The provider plugins: "official" or "stand-in". */
  readonly plugins: string;
  readonly isQuick: boolean;
  readonly minutes: number;
  /** How often what changes nothing was done. */
  readonly repeats: number;
  readonly figures: readonly ObjectsFigures[];
}

const TITLES: Readonly<Record<TimedCommand, string>> = {
  installation: "`up`, installation",
  "preview, unchanged": "`preview`, unchanged",
  "up, unchanged": "`up`, unchanged",
  "preview of deploy": "`preview` of `deploy`",
  deploy: "`up` to `deploy`",
  switch: "`up` to `switch`",
  "back to deploy": "`up` back to `deploy`",
  "back to stable": "`up` back to `stable`",
};

/** Every cost by the objects in the manifests. */
export const growths = (figures: readonly ObjectsFigures[]): readonly Growth[] =>
  growthsBy("objects", figures, ({ objects }) => objects, [
    ...COMMANDS.map(
      (command) => [TITLES[command], (of: ObjectsFigures) => of.seconds[command], seconds] as const,
    ),
    ["resources in the state", ({ bytes }) => bytes.resources, String],
    ["the state", ({ bytes }) => bytes.state, kilobytes],
    ["records of both colours in it", ({ bytes }) => bytes.records, kilobytes],
  ]);

/** All figures as Markdown. */
export function markdown(report: ObjectsReport): string {
  const { machine, plugins, isQuick, minutes, repeats, figures } = report;
  const { date, processor, cores, memoryGibibytes, kernel, node, load } = machine;
  const all = growths(figures);
  return `\`npm run bench:objects\`, ${date}: ${processor}, ${cores} cores, ${memoryGibibytes} GiB, Linux ${kernel}, Node ${node}; load average ${load[0]} before, ${load[1]} after${isQuick ? "; **small sizes only**" : ""}. One run of ${minutes.toFixed(1)} min on the one-machine environment, with ${plugins} plugins.

${verdictTable([slopeVerdict(all)])}

${SLOPES_EXPLAINED}

${growthTable(all)}

An object more costs, by the two largest sizes:

${markdownTable(
  all.map(({ what }) => what),
  [all.map(anObjectMore)],
)}

The **manifests** are those of an application with two pods, and further objects in turn: a ConfigMap that its pods mount, one that nobody names, a Secret that they take variables from, and a ServiceAccount. The
release gives every ConfigMap and Secret another text, so that each version has its own of what its pods name, and the others change for both; it goes to \`switch\`, and back to \`stable\`, which takes all of that back. By
Service, without users, a database or a soak. Seconds are those of the whole command: what changes nothing in the middle of ${repeats}, all else once; the first installation may have to pull the images, which are built before. The state is the one
in \`switch\`, with the objects of both versions, as \`pulumi stack export\` gives it, its secrets encrypted; it lies in a file, which the engine writes anew before and after each change of a resource. The records are their marks,
and what the state has of their copies in the cluster.
`;
}

function anObjectMore({ points, worded }: Growth): string {
  const [before, last] = points.slice(-2);
  if (!before || !last) return "";
  const more = (last.cost - before.cost) / (last.size - before.size);
  return worded === String ? more.toFixed(2) : worded(more);
}
