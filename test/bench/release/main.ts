// npm run bench:release -- simulate [how many]: what the judge makes of releases whose traffic is
// drawn by lot.
//                          soaks [how many]: what it makes of soaks in which the machine is slow at
//                          times; flips [how many]: how fast traffic moves; faults: how fast the
//                          guard takes it from a bad version; runs [how many]: one fault, again and
//                          again; canary [requests]: a whole canary release under load.
import { availableParallelism } from "node:os";
import { writeSection } from "../benchmarks-file.ts";
import { FAULT_NAMES, type Case } from "./cases.ts";
import { canaryFigures, faultFigures, flipFigures, runFigures } from "./live.ts";
import { report, runCases } from "./simulate.ts";
import { reportSoaks, runSoaks } from "./simulate-soaks.ts";
import { SOAK_NAMES } from "./soaks.ts";

const [part, count] = process.argv.slice(2);

switch (part) {
  case "simulate":
    await simulate(Number(count ?? 10_000));
    break;
  case "soaks":
    await simulateSoaks(Number(count ?? 3000));
    break;
  case "flips":
    write("Switch and rollback", `flips ${count ?? 50}`, await flipFigures(Number(count ?? 50)));
    break;
  case "faults":
    write("From a fault to weight 0", "faults", await faultFigures(console.error));
    break;
  case "runs":
    write(
      "A version that fails 5 %, again and again",
      `runs ${count ?? 20}`,
      await runFigures(Number(count ?? 20), console.error),
    );
    break;
  case "canary":
    write(
      "A whole canary release",
      `canary ${count ?? 1_000_000}`,
      await canaryFigures(Number(count ?? 1_000_000), console.error),
    );
    break;
  default:
    console.error(
      `Cannot run the benchmark ${part ?? "without a name"}: npm run bench:release -- simulate [how many] | soaks [how many] | flips [how many] | faults | runs [how many] | canary [requests]`,
    );
    process.exitCode = 1;
}

function write(title: string, args: string, body: string): void {
  console.log(body);
  writeSection(title, `\`npm run bench:release -- ${args}\`, on the one-machine environment.\n\n${body}`);
}

async function simulate(releases: number): Promise<void> {
  const kinds: readonly (readonly [Case["kind"], number])[] = [
    ["headline", releases],
    ["healthy", releases],
    ["10 % slower", Math.ceil(releases / 10)],
    ...FAULT_NAMES.map((fault) => [fault, Math.ceil(releases / FAULT_NAMES.length)] as const),
  ];
  const cases = await drawn(kinds, runCases);
  writeSimulated("The judge, simulated", `simulate ${releases}`, "releases", report(cases));
}

async function simulateSoaks(howMany: number): Promise<void> {
  const soaks = await drawn(
    SOAK_NAMES.map((name) => [name, howMany] as const),
    runSoaks,
  );
  writeSimulated("The soak, simulated", `soaks ${howMany}`, "soaks", reportSoaks(soaks));
}

/** So many of each kind, one kind after the other, on all processors. */
async function drawn<Kind extends string, Result>(
  kinds: readonly (readonly [Kind, number])[],
  run: (kind: Kind, howMany: number, threads: number) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [kind, howMany] of kinds) {
    const begun = performance.now();
    results.push(...(await run(kind, howMany, availableParallelism())));
    console.error(`${kind}: ${howMany} in ${Math.round((performance.now() - begun) / 1000)} s`);
  }
  return results;
}

function writeSimulated(title: string, args: string, what: string, body: string): void {
  console.log(body);
  writeSection(
    title,
    `\`npm run bench:release -- ${args}\`, with limits as by default and seeded random numbers, on Node ${process.version}. Nothing is timed:\nseconds are those of the simulated ${what}.\n\n${body}`,
  );
}
