// `npm test`: every group in order, two at a time, one line of progress each, and at the end what
// has taken longest, and the sum.
//   --fast           only what needs no environment
//   <word> …         only groups whose name contains one of the words, such as journeys, or mishaps
import { readFileSync, rmSync } from "node:fs";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { GROUPS, type Group } from "./groups.ts";
import { byFile, inParts, needsEnvironment, slowest, type Duration } from "./schedule.ts";
import { environmentOnDemand } from "./support/with-environment.ts";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What failed and why, told again at the end. */
  readonly failures: readonly string[];
}

/**
 * How much runs at a time: most groups keep one processor busy, and journeys wait half of
 * their time.
 */
const LANES = 2;

const environment = environmentOnDemand();
const durations: Duration[] = [];

/** How many groups have been started: each counts into a file of its own. */
let groupsStarted = 0;

/** A group's own output, as it comes or, where two groups run at once, in one piece at its end. */
type Output = "live" | "at its end";

async function runGroup(group: Group, output: Output): Promise<Counts> {
  const streams = output === "live" ? "inherit" : "pipe";
  const runNode = (args: readonly string[], more: { timeout?: number; env?: Record<string, string> } = {}) =>
    execa(process.execPath, args, {
      stdio: ["ignore", streams, streams],
      all: true,
      reject: false,
      ...more,
    });
  const show = (all: string | undefined) => {
    if (output === "at its end") process.stdout.write(`\n=== ${group.name}\n${all ?? ""}\n`);
  };
  if ("tool" in group) {
    const { exitCode, all } = await runNode(group.tool);
    show(all);
    return exitCode === 0 ? { passed: 1, failed: 0, failures: [] } : failedAsOne(`exit code ${exitCode}`);
  }
  const files = globSync(group.files).sort();
  if (files.length === 0) return failedAsOne(`no file is ${group.files}`);
  const countsFile = join(tmpdir(), `zero-downtime-test-counts-${process.pid}-${groupsStarted++}`);
  rmSync(countsFile, { force: true });
  const mocha = [
    "node_modules/mocha/bin/mocha.js",
    "--reporter",
    "test/support/counting-reporter.cjs",
    ...files,
  ];
  const { exitCode, timedOut, all } = await runNode(mocha, {
    timeout: group.minutes * 60_000,
    env: { ZERO_DOWNTIME_TEST_COUNTS: countsFile },
  });
  show(all);
  if (timedOut) process.stdout.write(`${group.name}: stopped after ${group.minutes} minutes\n`);
  const counts = readCounts(countsFile);
  if (!counts) return failedAsOne(timedOut ? `${group.minutes} minutes were over` : `it died (${exitCode})`);
  // A group that died later, or ran nothing, has failed whatever it counted before.
  const isSilentFailure = (exitCode !== 0 || counts.passed === 0) && counts.failed === 0;
  return isSilentFailure ? { ...failedAsOne(`exit code ${exitCode}`), passed: counts.passed } : counts;
}

const failedAsOne = (why: string): Counts => ({ passed: 0, failed: 1, failures: [why] });

/** Undefined where the group did not come to its end. */
function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function runAll(groups: readonly Group[], lanes: number): Promise<Counts> {
  const queue = [...groups];
  const all: Counts[] = [];
  const lane = async (): Promise<void> => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      const counts = await runTimed(group, lanes === 1 ? "live" : "at its end");
      const { name } = group;
      all.push({ ...counts, failures: counts.failures.map((failure) => `${name}: ${failure}`) });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return sum(all);
}

/** A group from the time on at which all that it needs is there. */
async function runTimed(group: Group, output: Output): Promise<Counts> {
  const { name } = group;
  try {
    if (needsEnvironment(group)) await environment.start();
  } catch (error) {
    return failedAsOne(`there is no environment to run on: ${String(error)}`);
  }
  const started = Date.now();
  process.stdout.write(output === "live" ? `\n=== ${name}\n` : `Running ${name} …\n`);
  const counts = await runGroup(group, output);
  const seconds = (Date.now() - started) / 1000;
  durations.push({ name, seconds });
  process.stdout.write(
    `--- ${name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds.toFixed(1)} s\n`,
  );
  return counts;
}

function sum(all: readonly Counts[]): Counts {
  const of = (key: "passed" | "failed") => all.reduce((total, counts) => total + counts[key], 0);
  return {
    passed: of("passed"),
    failed: of("failed"),
    failures: all.flatMap(({ failures }) => failures),
  };
}

async function runInParts(groups: readonly Group[]): Promise<Counts> {
  const counts = [];
  for (const part of inParts(groups)) counts.push(await runAll(part, Math.min(LANES, part.length)));
  return sum(counts);
}

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isFast = process.argv.includes("--fast");
const groups = GROUPS.filter((group) => !isFast || !needsEnvironment(group))
  .flatMap((group) => byFile(group))
  .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (groups.length === 0) {
  process.stderr.write(`Cannot test ${words.join(", ")} as no group is called so\n`);
  process.exit(2);
}
const { passed, failed, failures } = await runInParts(groups).finally(() => environment.end());
if (durations.length > 1) process.stdout.write(`\n${slowest(durations).join("\n")}\n`);
if (failed > 0) process.stdout.write(`\nFailed:\n${failures.map((failure) => `  - ${failure}\n`).join("")}`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
