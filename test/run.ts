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

const COUNTS_FILE = join(tmpdir(), `zero-downtime-test-counts-${process.pid}`);

async function runGroup(group: Group): Promise<Counts> {
  if ("tool" in group) {
    const { exitCode } = await execa(process.execPath, group.tool, { stdio: "inherit", reject: false });
    return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  }
  const files = globSync(group.files).sort();
  if (files.length === 0) return { passed: 0, failed: 1 };
  rmSync(COUNTS_FILE, { force: true });
  const mocha = [
    "node_modules/mocha/bin/mocha.js",
    "--reporter",
    "test/support/counting-reporter.cjs",
    ...files,
  ];
  const { exitCode, timedOut } = await execa(process.execPath, mocha, {
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
    timeout: group.minutes * 60_000,
    env: { ZERO_DOWNTIME_TEST_COUNTS: COUNTS_FILE },
  });
  if (timedOut) process.stdout.write(`${group.name}: stopped after ${group.minutes} minutes\n`);
  const counts = readCounts();
  // A group that died, or ran nothing, has failed whatever it counted before.
  const isSilentFailure = (exitCode !== 0 || counts.passed === 0) && counts.failed === 0;
  return isSilentFailure ? { ...counts, failed: 1 } : counts;
}

function readCounts(): Counts {
  try {
    return JSON.parse(readFileSync(COUNTS_FILE, "utf8")) as Counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function runAll(groups: readonly Group[]): Promise<Counts> {
  let [passed, failed] = [0, 0];
  for (const group of groups) {
    const started = Date.now();
    process.stdout.write(`\n=== ${group.name}\n`);
    const counts = await runGroup(group);
    passed += counts.passed;
    failed += counts.failed;
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      `--- ${group.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s\n`,
    );
  }
  return { passed, failed };
}

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isFast = process.argv.includes("--fast");
const chosen = GROUPS.filter(
  (group) => words.length === 0 || words.some((word) => group.name.includes(word)),
);
const needing = chosen.filter((group) => "files" in group && group.needsEnvironment);
const alone = await runAll(chosen.filter((group) => !needing.includes(group)));
const onCluster =
  isFast || needing.length === 0 ? { passed: 0, failed: 0 } : await withEnvironment(() => runAll(needing));
const failed = alone.failed + onCluster.failed;
process.stdout.write(`\n${alone.passed + onCluster.passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
