// npm run bench:release -- simulate [how many]: what the judge makes of releases whose traffic is drawn by lot.
import { availableParallelism } from "node:os";
import { writeSection } from "../benchmarks-file.ts";
import { FAULT_NAMES, type Case } from "./cases.ts";
import { report, runCases } from "./simulate.ts";

const [part, count = "10000"] = process.argv.slice(2);

if (part === "simulate") await simulate(Number(count));
else {
  console.error(
    `Cannot run the benchmark ${part ?? "without a name"}: npm run bench:release -- simulate [how many]`,
  );
  process.exitCode = 1;
}

async function simulate(releases: number): Promise<void> {
  const kinds: readonly (readonly [Case["kind"], number])[] = [
    ["headline", releases],
    ["healthy", releases],
    ["10 % slower", Math.ceil(releases / 10)],
    ...FAULT_NAMES.map((fault) => [fault, Math.ceil(releases / FAULT_NAMES.length)] as const),
  ];
  const cases: Case[] = [];
  for (const [kind, howMany] of kinds) {
    const begun = performance.now();
    cases.push(...(await runCases(kind, howMany, availableParallelism())));
    console.error(`${kind}: ${howMany} in ${Math.round((performance.now() - begun) / 1000)} s`);
  }
  const body = report(cases);
  console.log(body);
  writeSection(
    "The judge, simulated",
    `\`npm run bench:release -- simulate ${releases}\`, with limits as by default and seeded random numbers, on Node ${process.version}. Nothing is timed:\nseconds are those of the simulated releases.\n\n${body}`,
  );
}
