import { expect } from "chai";
import { reportData } from "../../../cli/report/report-data.ts";
import { reportPage } from "../../../cli/report/page/report-page.ts";
import { storyOf } from "../../../cli/report/summary.ts";
import type { Outcome } from "../../../example/load/check/outcome.ts";
import type { Report as LoadReport } from "../../../example/load/report.ts";
import { SeededRandom } from "../../../example/load/seeded-random.ts";
import { Seconds } from "../../../example/load/seconds.ts";
import { Tally } from "../../../example/load/totals.ts";
import type { Rehearsal } from "../../rehearsal/rehearse.ts";
import { rehearsalReport } from "../../rehearsal/rehearsal-report.ts";
import type { StageFigures } from "../../rehearsal/stage-figures.ts";

const BEGAN = Date.parse("2026-03-12T10:00:00.000Z");
const OPTIONS = { name: "rehearsal", strategy: "blue-green" as const, rows: 200_000, rate: 60, requests: 1 };
const MADE = new Date(BEGAN + 400_000);

/**
 * Six minutes of users, on version 1 and, from the switch on, on version 2; a part of them meets
 * failures then.
 */
function load(failures: number): LoadReport {
  const random = new SeededRandom(7);
  const [tally, seconds] = [new Tally(BEGAN), new Seconds()];
  for (let request = 0; request < 360 * 60; request += 1) {
    const at = BEGAN + (request * 1_000) / 60;
    const isSwitched = at >= BEGAN + 180_000;
    const isFailed = isSwitched && random.chance(failures);
    const outcome: Outcome = isFailed
      ? { result: "failed", kind: "5xx", detail: "answer 500" }
      : { result: "good" };
    const settled = {
      connection: "fresh",
      outcome,
      latencyMilliseconds: 5 + 20 * random.next(),
      slow: false,
      write: false,
      retried: false,
      answerer: isSwitched ? { version: "2.0.0", colour: "green" } : { version: "1.0.0", colour: "blue" },
      at,
    } as const;
    tally.sent("fresh");
    tally.count(settled);
    seconds.count(settled);
  }
  const check = { addresses: 900, lost: 0, changed: 0, complete: true, seconds: 1 };
  return {
    totals: tally.totals(BEGAN + 360_000, 0),
    segments: [],
    seconds: seconds.all(),
    check,
    problems: [],
    cpuSeconds: 1,
  };
}

const stage = (title: string, second: number, last: number | null): StageFigures => ({
  title,
  startedAt: BEGAN + second * 1_000,
  isOk: true,
  seconds: 20,
  sent: 1_200,
  failed: 0,
  wrong: 0,
  slow: 0,
  longestGapMilliseconds: 60,
  p99Milliseconds: 25,
  answeredBy: {},
  lastOldAnswerMilliseconds: last,
  share: null,
});

const rehearsal = (failures: number, faults: readonly string[]): Rehearsal => ({
  asked: { rate: 600, requests: 200_000 },
  stages: [stage("expand", 10, null), stage("deploy", 60, null), stage("switch", 170, 14)],
  written: [
    { at: BEGAN, weights: "100 0" },
    { at: BEGAN + 180_000, weights: "0 100" },
  ],
  load: load(failures),
  filled: {
    found: 200_000,
    expected: 200_000,
    wrong: 0,
    old: undefined,
    new: 200_000,
    notCarried: 0,
    problems: [],
  },
  unchanged: { seconds: 3.2, changes: {} },
  faults,
});

describe("the page of a rehearsal", () => {
  it("shows who answered, what failed and how long it took, second by second and by version", async () => {
    const data = rehearsalReport(rehearsal(0, []), OPTIONS, MADE);
    expect(reportData.parse(data)).to.deep.equal(data);
    if ("unknown" in data.course) throw new Error(data.course.unknown);
    const answered = (colour: "blue" | "green") =>
      "found" in data.course
        ? data.course.found.reduce((sum, { by }) => sum + (by[colour]?.requests ?? 0), 0)
        : 0;
    expect([answered("blue"), answered("green")]).to.deep.equal([180 * 60, 180 * 60]);
    const page = reportPage(data);
    for (const chart of ["traffic", "failures", "requests", "p50", "p95", "p99"])
      expect(page).to.contain(`id="${chart}-title"`);
    expect(page).to.contain("Last answer of the old colour 14 ms after the traffic was written");
    expect(Buffer.byteLength(page)).to.be.lessThan(500_000);
  });

  it("says that it passed, and by which figures", () => {
    const story = storyOf(rehearsalReport(rehearsal(0, []), OPTIONS, MADE));
    expect([story.tone, story.headline]).to.deep.equal(["good", "The rehearsal from 1.0.0 to 2.0.0 passed"]);
    const cost = story.parts.find(({ question }) => question === "What it cost")?.sentences.join(" ");
    expect(cost).to.contain("21,600 requests: 0 failed, 0 wrong, 0 slow");
    expect(cost).to.contain("0 lost, 0 changed");
  });

  it("says that it did not pass, with every fault, and shows the failures where they were", () => {
    const fault = "The load met lost, failed or wrong answers";
    const data = rehearsalReport(rehearsal(0.05, [fault]), OPTIONS, MADE);
    const story = storyOf(data);
    expect([story.tone, story.headline]).to.deep.equal([
      "bad",
      "The rehearsal from 1.0.0 to 2.0.0 did not pass",
    ]);
    expect(story.parts.at(-1)?.sentences).to.deep.equal([fault]);
    if ("unknown" in data.course) throw new Error(data.course.unknown);
    const failures = data.course.found.map(({ by }) => [by.blue?.failures ?? 0, by.green?.failures ?? 0]);
    expect(failures.every(([blue]) => blue === 0)).to.equal(true);
    expect(failures.reduce((sum, [, green]) => sum + (green ?? 0), 0)).to.be.greaterThan(400);
  });

  it("says so where the load left no record", async () => {
    const page = reportPage(rehearsalReport({ ...rehearsal(0, []), load: null }, OPTIONS, MADE));
    expect(page).to.contain("The load kept no record by the second.");
    expect(page).to.contain("so that nothing is known");
  });
});
