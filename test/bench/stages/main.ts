// `npm run bench:stages`: where the seconds of a stage go, from the command to its end, on the
// one-machine environment.
import { Command, InvalidArgumentError } from "commander";
import { localTarget } from "../../support/target.ts";
import { withEnvironment } from "../../support/with-environment.ts";
import { writeSection } from "../benchmarks-file.ts";
import { currentLoad, machine } from "../schema/machine.ts";
import type { Account } from "./account.ts";
import type { StageFigures } from "./figures.ts";
import { report } from "./report.ts";
import { walk, type WalkOptions, type Walked } from "./walk.ts";
import { BLUE_GREEN, canary, isMeant, partFor, type Leg } from "./walks.ts";

/** Fewer say too little to be kept. */
const ROUNDS = 10;
const ROWS = 20_000;
const QUICK_ROWS = 2_000;
const RATE = 40;

/** No rung waits for a judge, or fails because users, engine and pods share the processors. */
const CANARY = {
  strategy: "canary",
  canary: { minimumSeconds: 1, failures: { ruledOut: 0.5 }, durations: null, cpu: null, memory: null },
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a positive integer.");
  return value;
};

const program = new Command("bench:stages")
  .description(
    "Walks whole releases by `pulumi up` and `zd next`, and shows for every stage where its seconds go.\n" +
      `BENCHMARKS.md is written where it is run in full: ${ROUNDS} rounds or more, and nothing left out.`,
  )
  .option("--rounds <n>", "how often each stage is done", positive, ROUNDS)
  .option("--quick", `for a look: ${QUICK_ROWS} rows, and no canary`, false)
  .option(
    "--only <words...>",
    "only stages with one of these words in their names, and what leads to them",
    [],
  )
  .parse();
const { rounds, quick, only } = program.opts<{ rounds: number; quick: boolean; only: string[] }>();
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const rows = quick ? QUICK_ROWS : ROWS;

/** What every leg of that title took. */
const figures = new Map<string, { leg: Leg; accounts: Account[] }>();
const users = { sent: 0, failed: 0 };

function keep(legs: readonly Leg[], { accounts, sent, failed }: Walked): void {
  for (const [at, leg] of legs.entries()) {
    const account = accounts[at];
    if (!account || !isMeant(leg, only)) continue;
    const known = figures.get(leg.title) ?? { leg, accounts: [] };
    figures.set(leg.title, { leg, accounts: [...known.accounts, account] });
  }
  users.sent += sent;
  users.failed += failed;
}

await withEnvironment(async (environment) => {
  const target = localTarget(environment);
  const where = machine();
  const go = async (legs: readonly Leg[], round: string, config: WalkOptions["config"] = {}) => {
    if (legs.length === 0) return;
    keep(
      legs,
      await walk(target, legs, { rows, rate: RATE, config, say: (line) => say(`${round}: ${line}`) }),
    );
  };
  for (let round = 1; round <= rounds; round += 1)
    await go(partFor(BLUE_GREEN, only), `round ${round} of ${rounds}`);
  if (!quick) await go(partFor(canary(rounds), only), "canary", CANARY);
  const plugins = [...new Set(Object.values(environment.plugins))].join(" and ");
  const stages = [...figures.values()].map(({ leg, accounts }): StageFigures => ({ ...leg, accounts }));
  where.load[1] = currentLoad();
  const body = report(stages, { machine: where, rounds, rows, rate: RATE, ...users, plugins });
  process.stdout.write(`${body}\n`);
  if (rounds >= ROUNDS && !quick && only.length === 0) writeSection("Where the seconds of a stage go", body);
});
