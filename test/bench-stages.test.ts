import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { accountOf, type Account, type Trace } from "./bench/stages/account.ts";
import { coursesOf, SIGHTING_OF, type Sighting } from "./bench/stages/course.ts";
import { middleOf, verdictsOf } from "./bench/stages/figures.ts";
import { hearEvents } from "./bench/stages/hear-events.ts";
import { milestonesOf, operationsOf, type Heard } from "./bench/stages/operations.ts";
import { processorSecondsIn } from "./bench/stages/processor-time.ts";
import { report } from "./bench/stages/report.ts";
import { splitOf, type Part, type Span } from "./bench/stages/split.ts";
import { BLUE_GREEN, canary, partFor } from "./bench/stages/walks.ts";

const urn = (type: string, name: string) => `urn:pulumi:test::zero-downtime::${type}::${name}`;

/** An event about a resource, as the engine writes it. */
function told(
  at: number,
  event: "resourcePreEvent" | "resOutputsEvent",
  [type, name, op]: readonly [string, string, string],
  more: { custom?: boolean; planning?: boolean } = {},
): Heard {
  const { custom = true, planning = false } = more;
  const metadata = { op, urn: urn(type, name), type, new: { custom } };
  return {
    at,
    event: { sequence: at, timestamp: 0, [event]: { metadata, planning } } as unknown as EngineEvent,
  };
}

const PRELUDE: Heard = { at: 800, event: { sequence: 1, timestamp: 0, preludeEvent: { config: {} } } };
const STACK = ["pulumi:pulumi:Stack", "zero-downtime-test", "same"] as const;
const COMPONENT = ["zero-downtime:components:StageJob", "probe", "create"] as const;
const MARK = ["pulumi:index:Stash", "entered", "update"] as const;
const CHECK = ["kubernetes:batch/v1:Job", "probe", "create-replacement"] as const;
const OLD_CHECK = ["kubernetes:batch/v1:Job", "probe", "delete-replaced"] as const;
const SWAP = ["kubernetes:batch/v1:Job", "probe", "replace"] as const;
const NAMESPACE = ["kubernetes:core/v1:Service", "address-blue", "same"] as const;

/** A stage that writes a mark, and then replaces a Job, beside what does not change. */
const HEARD: readonly Heard[] = [
  PRELUDE,
  told(1_500, "resourcePreEvent", STACK),
  told(2_000, "resourcePreEvent", NAMESPACE),
  told(2_000, "resOutputsEvent", NAMESPACE),
  told(2_100, "resourcePreEvent", MARK),
  told(2_150, "resOutputsEvent", MARK),
  told(2_200, "resourcePreEvent", COMPONENT, { custom: false }),
  told(2_300, "resourcePreEvent", OLD_CHECK),
  told(2_500, "resOutputsEvent", OLD_CHECK),
  told(2_500, "resourcePreEvent", SWAP),
  told(2_500, "resOutputsEvent", SWAP),
  told(2_500, "resourcePreEvent", CHECK),
  told(7_000, "resOutputsEvent", CHECK),
  told(7_000, "resOutputsEvent", COMPONENT, { custom: false }),
  told(7_100, "resOutputsEvent", STACK),
];

const JOB = "book-probe-abc-012345";
const pod = (at: number, name: string, marks: Sighting["marks"], more: Partial<Sighting> = {}): Sighting => ({
  at,
  kind: "pod",
  name,
  marks,
  ...more,
});
const job = (at: number, marks: Sighting["marks"]): Sighting => ({ at, kind: "job", name: JOB, marks });

const SIGHTINGS: readonly Sighting[] = [
  job(2_600, ["created"]),
  pod(2_700, "probe-1", ["created"], { job: JOB }),
  pod(2_720, "probe-1", ["created", "scheduled"], { job: JOB }),
  pod(3_000, "probe-1", ["pulled"]),
  pod(3_300, "probe-1", ["started"]),
  pod(5_100, "probe-1", ["created", "scheduled", "started", "finished"], { job: JOB }),
  job(6_000, ["created", "criteria"]),
  job(6_800, ["created", "criteria", "complete"]),
];

const TRACE: Trace = {
  from: 0,
  to: 7_500,
  heard: HEARD,
  firstLine: undefined,
  courses: coursesOf(SIGHTINGS),
  words: { "probe-1": { first: 3_600, last: 4_500 } },
  processorSeconds: 4,
};

const rounded = <T extends object>(values: T): T =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toFixed(3)) : value,
    ]),
  ) as T;

describe("what an engine tells of a stage", () => {
  it("is each operation on a resource of a plugin, in order, with its beginning and its end", () => {
    expect(operationsOf(HEARD)).to.deep.equal([
      { name: "entered", kind: "Stash", what: "update", from: 2_100, to: 2_150 },
      { name: "probe", kind: "Job", what: "delete-replaced", from: 2_300, to: 2_500 },
      { name: "probe", kind: "Job", what: "create-replacement", from: 2_500, to: 7_000 },
    ]);
  });

  it("is no operation in a preview, and where nothing changes", () => {
    const planned = [
      told(1, "resourcePreEvent", MARK, { planning: true }),
      told(2, "resOutputsEvent", MARK, { planning: true }),
    ];
    expect(operationsOf(planned)).to.deep.equal([]);
    expect(operationsOf(HEARD.slice(0, 4))).to.deep.equal([]);
  });

  it("shows when it had started, and when the program had", () => {
    expect(milestonesOf(HEARD)).to.deep.equal({ firstEvent: 800, firstResource: 2_000, lastDone: 7_100 });
    expect(milestonesOf([])).to.deep.equal({
      firstEvent: undefined,
      firstResource: undefined,
      lastDone: undefined,
    });
  });

  it("is read from its file, also where an event comes in two pieces", () => {
    const folder = mkdtempSync(join(tmpdir(), "zero-downtime-events-"));
    try {
      const file = join(folder, "events");
      const hearing = hearEvents(file);
      appendFileSync(file, '{"sequence":1}\n{"sequ');
      appendFileSync(file, 'ence":2,"stdoutEvent":{"message":"grün"}}\n');
      expect(hearing.end().map(({ event }) => event)).to.deep.equal([
        { sequence: 1 },
        { sequence: 2, stdoutEvent: { message: "grün" } },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what a watch tells of a stage", () => {
  it("is what each object has reached by now", () => {
    const labels = { "batch.kubernetes.io/job-name": JOB };
    const status = {
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: "False" },
      ],
      containerStatuses: [{ state: { terminated: { exitCode: 0 } } }],
    };
    expect(SIGHTING_OF.pod(7, { metadata: { name: "probe-1", labels }, status })).to.deep.equal({
      at: 7,
      kind: "pod",
      name: "probe-1",
      job: JOB,
      workload: undefined,
      marks: ["created", "scheduled", "started", "finished"],
    });
    const conditions = [{ type: "SuccessCriteriaMet", status: "True" }];
    expect(SIGHTING_OF.job(8, { metadata: { name: JOB }, status: { conditions } })?.marks).to.deep.equal([
      "created",
      "criteria",
    ]);
    expect(SIGHTING_OF.job(8, { metadata: { name: JOB }, status: {} })?.marks).to.deep.equal(["created"]);
  });

  it("is what the kubelet says of a pod, and nothing that others say", () => {
    const involvedObject = { kind: "Pod", name: "probe-1" };
    expect(SIGHTING_OF.event(9, { reason: "Started", involvedObject })).to.deep.equal(
      pod(9, "probe-1", ["started"]),
    );
    expect(SIGHTING_OF.event(9, { reason: "Killing", involvedObject })).to.equal(null);
    expect(SIGHTING_OF.event(9, { reason: "Pulled", involvedObject: { kind: "Job", name: JOB } })).to.equal(
      null,
    );
  });

  it("makes the course of each object, by the first time that each mark was seen", () => {
    const [ofJob, ofPod] = coursesOf(SIGHTINGS);
    expect(ofJob?.reached).to.deep.equal({ created: 2_600, criteria: 6_000, complete: 6_800 });
    expect(ofPod).to.deep.include({ name: "probe-1", job: JOB });
    expect(ofPod?.reached).to.deep.equal({
      created: 2_700,
      scheduled: 2_720,
      pulled: 3_000,
      started: 3_300,
      finished: 5_100,
    });
  });

  it("makes no course of what was only spoken of", () => {
    expect(coursesOf([pod(1, "of-before", ["pulled"])])).to.deep.equal([]);
  });
});

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
