// `npm test`: every group in order, one line of progress each, and the sum at the end.
//   --fast           only what needs no environment
//   <word> …         only groups whose name contains one of the words
import { readFileSync, rmSync } from "node:fs";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { GROUPS, type Group } from "./groups.ts";
import { withEnvironment } from "./support/with-environment.ts";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Groups that need no environment run two at a time: most of them keep one processor busy. */
const LANES = 2;

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
    return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  }
  const files = globSync(group.files).sort();
  if (files.length === 0) return { passed: 0, failed: 1 };
  const countsFile = join(tmpdir(), `zero-downtime-test-counts-${process.pid}-${GROUPS.indexOf(group)}`);
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
  // A group that died, or ran nothing, has failed whatever it counted before.
  const isSilentFailure = (exitCode !== 0 || counts.passed === 0) && counts.failed === 0;
  return isSilentFailure ? { ...counts, failed: 1 } : counts;
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function runAll(groups: readonly Group[], lanes: number): Promise<Counts> {
  const queue = [...groups];
  let [passed, failed] = [0, 0];
  const lane = async (): Promise<void> => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      const started = Date.now();
      process.stdout.write(lanes === 1 ? `\n=== ${group.name}\n` : `Running ${group.name} …\n`);
      const counts = await runGroup(group, lanes === 1 ? "live" : "at its end");
      passed += counts.passed;
      failed += counts.failed;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      process.stdout.write(
        `--- ${group.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { passed, failed };
}

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isFast = process.argv.includes("--fast");
const chosen = GROUPS.filter(
  (group) => words.length === 0 || words.some((word) => group.name.includes(word)),
);
const needing = chosen.filter((group) => "files" in group && group.needsEnvironment);
const alone = await runAll(
  chosen.filter((group) => !needing.includes(group)),
  LANES,
);
const onCluster =
  isFast || needing.length === 0 ? { passed: 0, failed: 0 } : await withEnvironment(() => runAll(needing, 1));
const failed = alone.failed + onCluster.failed;
process.stdout.write(`\n${alone.passed + onCluster.passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
