import { expect } from "chai";
import type { BackfillCost } from "./bench/growth/backfill-cost.ts";
import { onPaper } from "./bench/growth/backfill-on-paper.ts";
import { costAt, fit, isAtMostLinear, lastSlope, sizeAt } from "./bench/growth/slope.ts";

const power = (slope: number, constant = 0) =>
  [10, 100, 500].map((size) => ({ size, cost: constant + 0.3 * size ** slope }));

describe("how cost grows", () => {
  it("is told by a slope of 1 where it is linear, 2 where it is quadratic, and 0 where nothing changes it", () => {
    for (const slope of [0, 0.5, 1, 2]) {
      const { slope: found, factor } = fit(power(slope));
      expect(found).to.be.closeTo(slope, 1e-9);
      expect(factor).to.be.closeTo(0.3, 1e-9);
      expect(costAt(fit(power(slope)), 1000)).to.be.closeTo(0.3 * 1000 ** slope, 1e-6 * 1000 ** slope);
    }
  });

  it("is at most linear up to a slope of 1.1, and not where a constant hides what the end shows", () => {
    expect(isAtMostLinear(power(1))).to.equal(true);
    expect(isAtMostLinear(power(1.09))).to.equal(true);
    expect(isAtMostLinear(power(1.2))).to.equal(false);
    const hidden = power(2, 3000);
    expect(fit(hidden).slope).to.be.below(1);
    expect(lastSlope(hidden)).to.be.above(1.1);
    expect(isAtMostLinear(hidden)).to.equal(false);
  });

  it("reaches a limit between the sizes that enclose it, or at none of them", () => {
    expect(sizeAt(power(1), 30)).to.equal(100);
    expect(sizeAt(power(1), 90)).to.be.within(299, 300);
    expect(sizeAt(power(1), 1000)).to.equal(null);
    expect(sizeAt(power(1), 1)).to.equal(0);
  });
});

describe("a backfill on paper", () => {
  const cost = (rows: number, seconds: number): BackfillCost => ({
    rows,
    seconds,
    verifySeconds: 1 + rows / 1e6,
    bytesBefore: 100 * rows,
    bytesAfter: 250 * rows,
    logBytes: 400 * rows,
    transactions: 10 + rows / 1000,
  });

  it("takes what each row more has cost, without what is constant", () => {
    const found = onPaper([cost(100_000, 3), cost(300_000, 5)], 3_600_000_000, 1, 1);
    expect(found.fillHours).to.be.closeTo(10, 1e-9);
    expect(found.verifyHours).to.be.closeTo(1, 1e-9);
    expect(found.growthBytes).to.be.closeTo(540e9, 1e3);
    expect(found.transactions).to.be.closeTo(3_720_000, 1e-3);
  });

  it("is shorter by as much as ranges were faster, and longer by a slope that is steeper than linear", () => {
    const sizes = [cost(100_000, 3), cost(300_000, 5)];
    expect(onPaper(sizes, 3_600_000_000, 4, 2).fillHours).to.be.closeTo(5, 1e-9);
    const steep = [cost(100_000, 1), cost(300_000, 9)];
    expect(onPaper(steep, 30_000_000, 1, 1).fillHours * 3600).to.be.closeTo(
      30_000_000 * (8 / 200_000) * 100,
      1,
    );
  });
});
