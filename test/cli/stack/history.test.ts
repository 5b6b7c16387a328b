import { expect } from "chai";
import { historyLines } from "../../../cli/terminal/history-lines.ts";
import { goalOf, historyOf } from "../../../cli/stack/history.ts";

const entry = (phase: string, active: string, result: string, minute: number) => ({
  kind: "update",
  startTime: `2026-01-02T10:0${minute}:00.000Z`,
  endTime: `2026-01-02T10:0${minute}:40.000Z`,
  result,
  environment: { "git.head": "0123456789abcdef", "git.dirty": String(minute === 2) },
  config: {
    "zero-downtime:phase": { value: phase, secret: false },
    "zero-downtime:active": { value: active, secret: false },
    "zero-downtime:weight": { value: "5", secret: false },
    "zero-downtime:blue": { value: '{"version":"1.0.0","image":"a@sha256:1"}', secret: false },
    "zero-downtime:green": {
      value: "{}",
      objectValue: { version: "2.0.0", image: "a@sha256:2", schema: "0002-x" },
      secret: false,
    },
    "zero-downtime:databasePasswords": { secret: true },
    "other:key": { value: "x", secret: false },
  },
});

/** Newest first, as Pulumi prints it. */
const printed = [
  entry("canary", "blue", "failed", 3),
  entry("deploy", "blue", "succeeded", 2),
  { ...entry("stable", "blue", "succeeded", 1), kind: "refresh" },
  entry("stable", "blue", "succeeded", 0),
];

describe("zd history", () => {
  it("numbers the stages from the oldest on, with versions, commit and outcome", () => {
    const lines = historyLines(historyOf(printed), 20);
    expect(lines).to.have.length(4);
    expect(lines[1]).to.match(
      /^1 +2026-01-02 10:00:00 +stable with blue active +1\.0\.0 +2\.0\.0 +0123456789 +completed, 40 s$/,
    );
    expect(lines[2]).to.match(/^2 .*0123456789 \+ edits/);
    expect(lines[3]).to.match(/3 .*canary at 5 % with blue active.*failed, 40 s/);
  });

  it("holds the config of each, without secrets and without what is not ours", () => {
    const [first] = historyOf(printed);
    expect(Object.keys(first?.config ?? {}).sort()).to.deep.equal([
      "active",
      "blue",
      "green",
      "phase",
      "weight",
    ]);
  });

  it("tells where a way to a stage has to end", () => {
    const [first, second] = historyOf(printed);
    const blue = { colour: "blue", version: "1.0.0", image: "a@sha256:1", schema: null };
    const green = { colour: "green", version: "2.0.0", image: "a@sha256:2", schema: "0002-x" };
    if (!first || !second) throw new Error("no history");
    expect(goalOf(first)).to.deep.equal({ place: { phase: "stable", active: "blue" }, slots: { blue } });
    expect(goalOf(second)).to.deep.equal({
      place: { phase: "deploy", active: "blue" },
      slots: { blue, green },
    });
  });
});
