import { expect } from "chai";
import type { Group } from "./groups.ts";
import { byFile, inParts, slowest } from "./schedule.ts";

const beside = (name: string, more: object = {}): Group => ({
  name,
  files: `${name}/*.test.ts`,
  minutes: 1,
  ...more,
});
const names = (groups: readonly Group[]) => groups.map(({ name }) => name);

describe("the order of the tests", () => {
  it("runs groups side by side, but for those that bear nothing beside them", () => {
    const groups = [beside("a"), beside("b"), beside("c", { alone: true }), beside("d")];
    expect(inParts(groups).map(names)).to.deep.equal([["a", "b"], ["c"], ["d"]]);
  });

  it("begins on the cluster with a file of unknown length, then with those that take longest", () => {
    const group = beside("j", { needsEnvironment: true, longestFirst: ["long", "short"] });
    const files = ["j/short.test.ts", "j/long.test.ts", "j/new.test.ts"];
    expect(names(byFile(group, () => files))).to.deep.equal(["j: new.test", "j: long.test", "j: short.test"]);
  });

  it("leaves a group whole that needs no cluster, and one without a file", () => {
    expect(names(byFile(beside("unit"), () => ["unit/a.test.ts"]))).to.deep.equal(["unit"]);
    expect(names(byFile(beside("j", { needsEnvironment: true }), () => []))).to.deep.equal(["j"]);
  });

  it("tells at the end what has taken longest, and how long all has", () => {
    const durations = [
      { name: "quick", seconds: 1.04 },
      { name: "slow", seconds: 300 },
    ];
    expect(slowest(durations)).to.deep.equal([
      "The slowest of 2 groups, which took 301 s together:",
      "   300.0 s  slow",
      "     1.0 s  quick",
    ]);
  });
});
