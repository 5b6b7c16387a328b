import { expect } from "chai";
import { editsBetween } from "../../../cli/report/config-diff.ts";
import { remarksOn } from "../../../cli/report/gather-report.ts";
import { lastRelease } from "../../../cli/report/last-release.ts";
import { releaseReport } from "../../../cli/report/release-report.ts";
import type { PastUp } from "../../../cli/stack/history.ts";
import type { Place } from "../../../release/place.ts";
import { failedCanary } from "./failed-canary.ts";

let clock = 0;
const up = (place: Place | null, changes: Partial<PastUp> = {}): PastUp => ({
  n: (clock += 1),
  at: new Date(1_790_000_000_000 + clock * 60_000).toISOString(),
  seconds: 10,
  outcome: "completed",
  place,
  slots: {
    blue: { colour: "blue", version: "1", image: "app@sha256:1", schema: null },
    green: { colour: "green", version: "2", image: "app@sha256:2", schema: null },
  },
  commit: null,
  isDirty: false,
  by: "pulumi up",
  message: null,
  config: { strategy: "blue-green", phase: place?.phase ?? "" },
  ...changes,
});

const blue = (phase: Place["phase"]) => ({ phase, active: "blue" }) as const;
const green = (phase: Place["phase"]) => ({ phase, active: "green" }) as const;

const reported = (history: readonly PastUp[]) =>
  releaseReport({ ...failedCanary(), history, watch: { found: null } });

describe("the release that is reported", () => {
  it("goes from the last stable stage to the next, and leaves older releases out", () => {
    const older = [up(blue("stable")), up(blue("deploy")), up(blue("stable"))];
    const newer = [up(blue("deploy")), up(green("switch")), up(green("retire")), up(green("stable"))];
    const release = lastRelease([...older, ...newer]);
    expect(release.ups).to.deep.equal(newer);
    expect(release.before).to.equal(older[2]);
  });

  it("keeps an up that failed on the way to stable, and one that repeated stable after it is none of it", () => {
    const failed = up(blue("stable"), { outcome: "failed" });
    const history = [up(blue("stable")), up(blue("deploy")), failed, up(blue("stable")), up(blue("stable"))];
    expect(lastRelease(history).ups).to.deep.equal(history.slice(1, 4));
  });

  it("ends as it ended: finished, taken back, failed or under way", () => {
    const begun = [up(blue("stable")), up(blue("deploy"))];
    const switched = [...begun, up(green("switch"))];
    expect(reported([...switched, up(green("retire")), up(green("stable"))]).end).to.equal("finished");
    expect(reported([...switched, up(blue("deploy"))]).end).to.equal("taken back");
    expect(reported([...begun, up(blue("stable"))]).end).to.equal("taken back");
    expect(reported([...begun, up(green("switch"), { outcome: "failed" })]).end).to.equal("failed");
    expect(reported(begun).end).to.equal("under way");
  });

  it("tells which version takes over before the switch and after it alike", () => {
    for (const last of [blue("deploy"), green("switch"), green("retire")]) {
      const { old, new: next } = reported([up(blue("stable")), up(last)]);
      expect([old?.version, next?.version]).to.deep.equal(["1", "2"]);
    }
  });

  it("does not lay another candidate's verdict to this one's charge", () => {
    const history = [up(blue("stable")), up(blue("deploy"))];
    const { failed, judged } = releaseReport({ ...failedCanary(), history });
    expect(failed).to.equal(null);
    expect(judged).to.have.property("unknown").that.contains("another candidate, 2.4.0");
  });

  it("says of a stage without one before it that its edits are not known", () => {
    expect(reported([up(blue("deploy"))]).stages[0]?.notes.join()).to.contain("its edits are not known");
  });
});

describe("an up that is at work or was killed", () => {
  const history = [up(blue("stable")), up(blue("deploy"))];
  const release = (phase: "deploy" | "switch") => ({
    strategy: "blue-green" as const,
    rungs: [],
    migrations: [],
    settings: {},
    from: { colour: "blue" as const, version: "1", image: "app@sha256:1", schema: null },
    to: { colour: "green" as const, version: "2", image: "app@sha256:2", schema: null },
    phase,
  });
  const past = {
    completed: { release: release("deploy"), tested: {}, origin: null, attempt: "1", number: 1 },
    entered: { release: release("switch"), attempt: "2" },
    dropping: null,
    records: {},
    pending: ["creating Job probe"],
  };

  it("is named although Pulumi's history does not hold it, with what it was doing", () => {
    const remarks = remarksOn(past, history);
    expect(remarks[0]).to.contain("An up to switch with green active is at work now, or was killed");
    expect(remarks[1]).to.contain("creating Job probe");
  });

  it("is not said to be missing where it failed and is among the stages", () => {
    const failed = up(green("switch"), { outcome: "failed" });
    expect(remarksOn({ ...past, pending: [] }, [...history, failed])).to.deep.equal([]);
  });

  it("does not hide who has the traffic: the entrance itself is asked", () => {
    const seen = { blue: 0, green: 100, by: "zero-downtime" };
    const { traffic } = releaseReport({ ...failedCanary(), history, watch: { found: null }, seen });
    if ("unknown" in traffic) throw new Error(traffic.unknown);
    expect(traffic.found.at(-1)?.percent).to.deep.equal({ blue: 0, green: 100 });
  });
});

describe("the edits of a stage", () => {
  it("are told key by key into objects, with what was and what is", () => {
    const before = { phase: "stable", green: { version: "1", image: "a" }, soak: 60 };
    const after = { phase: "expand", green: { version: "2", image: "a" }, weight: 5 };
    expect(editsBetween(before, after)).to.deep.equal([
      { key: "green.version", before: "1", after: "2" },
      { key: "phase", before: "stable", after: "expand" },
      { key: "soak", before: "60", after: null },
      { key: "weight", before: null, after: "5" },
    ]);
  });

  it("hold no secret: the history of the fixture has one", () => {
    const text = JSON.stringify(releaseReport(failedCanary()));
    expect(text).to.not.contain("databasePasswords");
  });
});
