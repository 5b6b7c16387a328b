import { expect } from "chai";
import { accountOf, type Account } from "./bench/stages/account.ts";
import { coursesOf } from "./bench/stages/course.ts";
import { middleOf, verdictsOf } from "./bench/stages/figures.ts";
import { processorSecondsIn } from "./bench/stages/processor-time.ts";
import { report } from "./bench/stages/report.ts";
import { splitOf, type Part, type Span } from "./bench/stages/split.ts";
import { pod, SIGHTINGS, TRACE } from "./bench/stages/stage-for-tests.ts";
import { BLUE_GREEN, canary, partFor } from "./bench/stages/walks.ts";

const rounded = <T extends object>(values: T): T =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toFixed(3)) : value,
    ]),
  ) as T;

describe("the split of a stage's time", () => {
  const nothing: Record<Part, readonly Span[]> = {
    ...{ engine: [], program: [], end: [], pods: [] },
    ...{ work: [], start: [], complete: [], other: [] },
  };

  it("gives each moment to one part, so that the parts make up the whole", () => {
    const split = splitOf(
      { from: 0, to: 10_000 },
      {
        ...nothing,
        engine: [{ from: 0, to: 1_000 }],
        other: [{ from: 2_000, to: 9_000 }],
        work: [
          { from: 3_000, to: 5_000 },
          { from: 4_000, to: 6_000 },
        ],
        complete: [{ from: 5_000, to: 8_000 }],
        end: [{ from: 9_000, to: 12_000 }],
      },
    );
    expect(split).to.deep.include({ engine: 1, between: 1, work: 3, complete: 2, other: 2, end: 1, pods: 0 });
    expect(Object.values(split).reduce((sum, seconds) => sum + seconds, 0)).to.be.closeTo(10, 1e-9);
  });

  it("is nothing but between where nothing was seen", () => {
    expect(splitOf({ from: 0, to: 2_000 }, nothing)).to.deep.include({ between: 2, engine: 0 });
  });
});

describe("the account of a stage", () => {
  const { seconds, split, rows } = accountOf(TRACE, "book");

  it("tells engine, program, pods and Jobs apart", () => {
    expect(seconds).to.equal(7.5);
    expect(rounded(split)).to.deep.equal({
      ...{ engine: 0.8, program: 1.2, end: 0.4, pods: 0, start: 0.7, work: 1.2, complete: 2.3 },
      // The mark, the old Job's deletion, and the new one before and after its course.
      ...{ other: 0.55, between: 0.35 },
    });
  });

  it("follows a Job from its operation to its end", () => {
    expect(rows.map(({ title }) => title)).to.deep.equal([
      "Stash `entered`, update",
      "Job `probe`, delete-replaced",
      "Job `probe`, create-replacement",
    ]);
    const [mark, , probe] = rows;
    expect(mark?.legs).to.deep.equal({});
    expect(rows.map(({ idle }) => idle)).to.deep.equal([0.1, 0.15, 0]);
    expect(probe).to.deep.include({ begun: 2.5, seconds: 4.5 });
    expect(rounded(probe?.legs ?? {})).to.deep.equal({
      ...{ "pod created": 0.2, scheduled: 0.02, pulled: 0.28, started: 0.3 },
      ...{ "first line": 0.3, "last line": 0.9, "end seen": 0.6, "criteria met": 0.9 },
      ...{ complete: 0.8, told: 0.2 },
    });
  });

  it("tells of a command whose engine nobody hears what it prints and what comes to be", () => {
    const account = accountOf({ ...TRACE, heard: [], firstLine: 900 }, "book");
    expect(rounded(account.split)).to.deep.include({ engine: 0.9, program: 1.7, work: 1.2, end: 0.7 });
    expect(account.rows.map(({ title, seconds }) => [title, seconds])).to.deep.equal([["Job `probe`", 4.2]]);
  });

  it("counts the time in which pods of the application start, whatever else is under way", () => {
    const started = [
      ...SIGHTINGS,
      pod(2_600, "green-1", ["created"], { workload: "green" }),
      pod(4_600, "green-1", ["created", "ready"], { workload: "green" }),
    ];
    const account = accountOf({ ...TRACE, courses: coursesOf(started) }, "book");
    expect(rounded(account.split)).to.deep.include({ pods: 2, work: 0 });
  });
});

const account = (seconds: number, rows: Account["rows"] = [], pods = 0): Account => ({
  seconds,
  processorSeconds: seconds / 2,
  split: { ...accountOf(TRACE, "book").split, pods },
  rows,
});

describe("the figures of a stage", () => {
  it("are the middle of all rounds, rows of one name in one", () => {
    const row = (title: string, begun: number, seconds: number, legs = {}) => ({
      title,
      begun,
      idle: 0,
      seconds,
      legs,
    });
    const middle = middleOf([
      account(7, [row("b", 3, 1), row("a", 1, 2, { scheduled: 0.2 })]),
      account(9, [row("a", 2, 4), row("b", 5, 3)]),
      account(20, [row("a", 3, 9, { scheduled: 0.4 })]),
    ]);
    expect(middle).to.deep.include({ seconds: 9, fastest: 7, slowest: 20, processorSeconds: 4.5 });
    expect(middle.rows.map((one) => ({ ...one, legs: rounded(one.legs) }))).to.deep.equal([
      row("a", 2, 4, { scheduled: 0.3 }),
      row("b", 4, 2),
    ]);
  });

  it("hold a goal or miss it by the middle of what counts for it", () => {
    const accounts = [account(8), account(12), account(9)];
    const stage = { title: "switch", door: "pulumi up", accounts };
    expect(verdictsOf(stage)).to.deep.equal([]);
    expect(verdictsOf({ ...stage, goal: { mostSeconds: 10, aimSeconds: 6 } })).to.deep.equal([
      { limit: 10, found: 9, holds: true },
      { limit: 6, found: 9, holds: false },
    ]);
    const deploy = {
      ...stage,
      accounts: [account(14, [], 5)],
      goal: { mostSeconds: 10, besidesPods: true } as const,
    };
    expect(verdictsOf(deploy)).to.deep.equal([{ limit: 10, found: 9, holds: true }]);
  });

  it("are told with their goals, and with a table of what was done", () => {
    const { rows } = accountOf(TRACE, "book");
    const goal = { mostSeconds: 10, aimSeconds: 6 };
    const machine = {
      ...{ date: "2026-01-01", processor: "P", cores: 2, memoryGibibytes: 8, kernel: "6", node: "v24" },
      load: [0.1, 0.9] as [number, number],
    };
    const circumstances = {
      machine,
      rounds: 1,
      rows: 20_000,
      rate: 40,
      sent: 1_000,
      failed: 0,
      plugins: "official",
    };
    const text = report(
      [
        { title: "switch", door: "pulumi up", goal, accounts: [account(12, rows)] },
        { title: "status", door: "zd status", accounts: [account(1)] },
      ],
      circumstances,
    );
    expect(text).to.match(
      /\| switch \(`pulumi up`\) \| \*\*12\.0\*\* \|.*≤ 10 s: \*\*missed\*\* by 2\.0 s; aim ≤ 6 s/,
    );
    expect(text).to.match(/1 that took less than 0\.1 s each: 0\.1 s in all, after 0\.1 s idle/);
    expect(text).to.match(/### A Job, in the middle of 1\n\n.*\n.*\n\| 4\.50 \| 0\.20 \|/);
    expect(text).to.contain("### switch\n").and.not.to.contain("### status");
  });
});

describe("the walks", () => {
  it("go only as far as the stages that are asked for, and leave out what is asked on the way", () => {
    const titles = (words: readonly string[]) => partFor(BLUE_GREEN, words).map(({ title }) => title);
    expect(titles([])).to.deep.equal(BLUE_GREEN.map(({ title }) => title));
    expect(titles(["backfill"])).to.deep.equal(["install", "expand", "backfill"]);
    expect(titles(["rollback"])).to.deep.equal([
      ...["install", "expand", "backfill", "deploy"],
      ...["switch", "rollback"],
    ]);
    expect(titles(["no change"]).at(-1)).to.equal("no change");
    expect(partFor(canary(2), ["expand", "deploy"])).to.deep.equal([]);
    expect(partFor(canary(2), ["rung"])).to.have.length(8);
  });
});

describe("the processors' time", () => {
  it("is what they have worked, without idling, waiting for disks and what was stolen", () => {
    expect(processorSecondsIn("cpu  100 10 50 9999 777 5 35 888 0 0\ncpu0 1 2 3\n")).to.equal(2);
  });
});
