// `npm run rehearse`: a whole release there and back under load, on this machine or on a cluster
// named by flags.
import { readFile, writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { dockerBuild, localTarget, type Target } from "../support/target.ts";
import { withEnvironment } from "../support/with-environment.ts";
import { reportPage } from "../../cli/report/page/report-page.ts";
import { rehearsalReport } from "./rehearsal-report.ts";
import type { RehearsalOptions } from "./do-stage.ts";
import { rehearse } from "./rehearse.ts";
import { summary } from "./summary.ts";

const count = (text: string): number => {
  const value = Number(text.replaceAll(",", ""));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`Cannot read a number as ${JSON.stringify(text)} is not a positive integer`);
  return value;
};

const program = new Command("rehearse")
  .description(
    "Takes the example from version 1 to version 2 and back, stage by stage through pulumi up, under load.\n" +
      "Without --target everything is built and started on this machine (Debian-like Linux, root, Go).",
  )
  .option(
    "--target <file>",
    "JSON file that names a cluster, registry, database and gateway of yours (see docs/rehearsal.md)",
  )
  .option("--name <name>", "namespace, database and stack to make, and to remove afterwards", "rehearsal")
  .addOption(
    new Option("--strategy <strategy>", "canary climbs to 25 %, goes back down, and climbs again")
      .choices(["blue-green", "canary"])
      .default("blue-green"),
  )
  .option("--rows <n>", "addresses filled in before the release", count, 200_000)
  .option("--rate <n>", "requests per second (default: half of what the machine carries, at most 600)", count)
  .option("--requests <n>", "least number of requests in all (default: what the rate gives in 333 s)", count)
  .option(
    "--output <file>",
    "where the figures go, as JSON; the page with the charts goes beside it",
    "rehearsal.json",
  );

async function run(
  target: Target,
  options: RehearsalOptions & { readonly output: string },
): Promise<boolean> {
  const started = Date.now();
  const result = await rehearse(target, options, (line) => process.stdout.write(`${line}\n`));
  const page = htmlBeside(options.output);
  await writeFile(page, reportPage(rehearsalReport(result, options, new Date())));
  await writeFile(options.output, `${JSON.stringify({ options, ...result }, null, 2)}\n`);
  process.stdout.write(`\n${summary(result)}\n`);
  for (const fault of result.faults) process.stdout.write(`FAULT: ${fault}\n`);
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  process.stdout.write(
    `${result.faults.length === 0 ? "Passed" : "Failed"} in ${minutes} min; figures in ${options.output}, as a page in ${page}\n`,
  );
  return result.faults.length === 0;
}

/** rehearsal.json and rehearsal.html, side by side. */
const htmlBeside = (output: string): string => `${output.replace(/\.json$/, "")}.html`;

/**
 * A target file is a Target without its functions; images are built and pushed by the docker CLI.
 */
async function readTarget(file: string): Promise<Target> {
  const given = JSON.parse(await readFile(file, "utf8")) as Omit<Target, "buildImage">;
  return { ...given, buildImage: dockerBuild(given.registry) };
}

program.parse();
const options = program.opts<RehearsalOptions & { target?: string; output: string }>();
const isPassed = options.target
  ? await run(await readTarget(options.target), options)
  : await withEnvironment((environment) => run(localTarget(environment), options));
process.exit(isPassed ? 0 : 1);
