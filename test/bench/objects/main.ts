// `npm run bench:objects`: what engine and cluster take for each object in the manifests.
import { Command } from "commander";
import { format } from "prettier";
import { readEnvironment } from "../../../local/environment.ts";
import { jobsImage, noticeboardImages } from "../../support/journey/journey-images.ts";
import { localTarget } from "../../support/target.ts";
import { writeSection } from "../benchmarks-file.ts";
import { slopeLines, slopeVerdict } from "../growth-table.ts";
import { currentLoad, machine } from "../schema/machine.ts";
import { heedInterrupts } from "./interrupts.ts";
import { measureObjects, type ObjectsFigures } from "./measure-objects.ts";
import { growths, markdown } from "./report.ts";

const FULL = { sizes: [5, 50, 200], repeats: 3 };
const QUICK = { sizes: [5, 20], repeats: 1 };

const program = new Command("bench:objects")
  .description(
    "Measures on the running one-machine environment how previews, stages and the state grow with the objects in the manifests.",
  )
  .option("--quick", "small sizes: whether it works, not what it says", false)
  .option("--no-report", "leaves BENCHMARKS.md alone")
  .parse();
const { quick, report } = program.opts<{ quick: boolean; report: boolean }>();
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function measure(): Promise<void> {
  const environment = readEnvironment();
  const target = localTarget(environment);
  const images = await noticeboardImages(target);
  const { sizes, repeats } = quick ? QUICK : FULL;
  const { check } = interrupts;
  const options = { target, images, jobsImage: await jobsImage(target), repeats, say, check };
  const where = machine();
  const begun = performance.now();
  const figures: ObjectsFigures[] = [];
  for (const objects of sizes) figures.push(await measureObjects(objects, options));
  where.load[1] = currentLoad();
  const plugins = [...new Set(Object.values(environment.plugins))].join(" and ");
  const minutes = (performance.now() - begun) / 60_000;
  const said = markdown({ machine: where, plugins, isQuick: quick, minutes, repeats, figures });
  const body = await format(said, { parser: "markdown" });
  process.stdout.write(`${body}\n`);
  if (report) writeSection("What objects cost", body);
  for (const line of slopeLines(growths(figures))) say(line);
  const { goal, found, holds } = slopeVerdict(growths(figures));
  say(`${holds ? "holds " : "MISSED"} ${goal}: ${found}`);
}

const interrupts = heedInterrupts(say);
try {
  await measure();
} catch (error) {
  if (!interrupts.happened()) throw error;
  process.exitCode = 130;
}
