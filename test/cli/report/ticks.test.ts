import { expect } from "chai";
import { timeTicks, valueTicks } from "../../../cli/report/page/ticks.ts";

const labels = (ticks: readonly { readonly label: string }[]) => ticks.map(({ label }) => label);

describe("the axis of values", () => {
  it("begins at 0 and ends with the first round value that is not below the highest", () => {
    expect(labels(valueTicks(37.5, 4))).to.deep.equal(["0", "10", "20", "30", "40"]);
    expect(labels(valueTicks(5, 4))).to.deep.equal(["0", "2", "4", "6"]);
    expect(labels(valueTicks(0.3, 4))).to.deep.equal(["0", "0.1", "0.2", "0.3"]);
    expect(labels(valueTicks(18_200, 4))).to.deep.equal(["0", "5,000", "10,000", "15,000", "20,000"]);
  });

  it("has a scale where there is nothing but zeros", () => {
    expect(labels(valueTicks(0, 4))).to.deep.equal(["0", "0.5", "1"]);
  });
});

describe("the axis of time", () => {
  const at = (clock: string) => Date.parse(`2026-03-12T${clock}Z`);

  it("has round moments, as exact as their distance needs them", () => {
    expect(labels(timeTicks(at("14:02:11"), at("14:37:00"), 5))).to.deep.equal(["14:10", "14:20", "14:30"]);
    expect(labels(timeTicks(at("14:02:11"), at("14:02:44"), 5))).to.deep.equal([
      "14:02:20",
      "14:02:30",
      "14:02:40",
    ]);
  });

  it("names days where a release took days", () => {
    const [from, to] = [Date.parse("2026-02-27T08:00:00Z"), Date.parse("2026-03-02T08:00:00Z")];
    expect(labels(timeTicks(from, to, 5))).to.deep.equal(["28 Feb", "1 Mar", "2 Mar"]);
  });

  it("has at most the label of one moment where all happened at once", () => {
    expect(labels(timeTicks(at("14:02:00"), at("14:02:00"), 5))).to.deep.equal(["14:02:00"]);
  });
});
