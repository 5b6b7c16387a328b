import betaDistribution from "@stdlib/math-base-special-kernel-betainc";
import { expect } from "chai";
import fc from "fast-check";
import {
  answersMissing,
  evidenceAbove,
  evidenceBelow,
  lowerBound,
  MOST_EVIDENCE,
  upperBound,
} from "../../../release/judge/sequential-test.ts";

/** Lower tail of a beta distribution. */
const tail = (x: number, a: number, b: number): number => betaDistribution(x, a, b, true, false)[0] ?? NaN;

describe("the numerical library", () => {
  it("gives the upper 5 % and 1 % points of the F distribution as printed (Abramowitz and Stegun, table 26.9)", () => {
    const points: readonly (readonly [number, number, number, number])[] = [
      [5, 10, 3.33, 0.05],
      [1, 10, 4.96, 0.05],
      [10, 10, 2.98, 0.05],
      [8, 30, 2.27, 0.05],
      [20, 120, 1.66, 0.05],
      [5, 10, 5.64, 0.01],
      [10, 20, 3.37, 0.01],
      [2, 60, 4.98, 0.01],
    ];
    for (const [one, two, point, share] of points) {
      const above = (value: number) => tail(two / (two + one * value), two / 2, one / 2);
      expect(above(point - 0.005)).to.be.greaterThan(share);
      expect(above(point + 0.005)).to.be.lessThan(share);
    }
  });

  it("gives binomial tails as printed: at least 3 and 5 of 10 at 0.25, at least 8 of 20 at 0.3", () => {
    expect(tail(0.25, 3, 8)).to.be.closeTo(0.4744, 0.00005);
    expect(tail(0.25, 5, 6)).to.be.closeTo(0.0781, 0.00005);
    expect(tail(0.3, 8, 13)).to.be.closeTo(0.2277, 0.00005);
  });

  it("agrees with the closed forms of tail and density, for small and for very large counts", () => {
    for (const [x, n] of [
      [0.3, 4],
      [0.01, 450],
      [0.00001, 300_000],
    ] as const) {
      const [value = 0, density = 0] = betaDistribution(x, 1, n, true, false);
      expect(value).to.be.closeTo(1 - (1 - x) ** n, 1e-9);
      expect(density / (n * (1 - x) ** (n - 1))).to.be.closeTo(1, 1e-9);
    }
    expect(tail(0.5, 2e6, 2e6)).to.be.closeTo(0.5, 1e-9);
  });
});

describe("a bet", () => {
  const counts = fc.record({
    probability: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
    hits: fc.nat(2000),
    misses: fc.nat(20_000),
  });

  /** The winnings by plain summing, as the formula says. */
  function summed(probability: number, hits: number, misses: number): number {
    const steps = 20_000;
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      const q = probability + ((1 - probability) * (step + 0.5)) / steps;
      sum += (q / probability) ** hits * ((1 - q) / (1 - probability)) ** misses;
    }
    return sum / steps;
  }

  it("wins what its formula says", () => {
    for (const [probability, hits, misses] of [
      [0.05, 10, 4],
      [0.01, 3, 9],
      [0.5, 10, 0],
      [0.05, 1, 60],
    ] as const)
      expect(evidenceAbove(probability, hits, misses) / summed(probability, hits, misses)).to.be.closeTo(
        1,
        1e-4,
      );
  });

  it("is fair: against one who is right, the winnings of the next answer are as much as there was, or less", () => {
    fc.assert(
      fc.property(counts, ({ probability, hits, misses }) => {
        const now = evidenceAbove(probability, hits, misses);
        // Where nearly all is lost already, the library's last digits are, too.
        fc.pre(now > 0.01 && now < MOST_EVIDENCE / 1000);
        const next =
          probability * evidenceAbove(probability, hits + 1, misses) +
          (1 - probability) * evidenceAbove(probability, hits, misses + 1);
        expect(next / now).to.be.closeTo(1, 1e-4);
      }),
    );
  });

  it("gains by every hit and loses by every miss", () => {
    fc.assert(
      fc.property(counts, ({ probability, hits, misses }) => {
        const now = evidenceAbove(probability, hits, misses);
        expect(evidenceAbove(probability, hits + 1, misses)).to.be.at.least(now * (1 - 1e-9));
        expect(evidenceAbove(probability, hits, misses + 1)).to.be.at.most(now * (1 + 1e-9));
        expect(now).to.be.within(0, MOST_EVIDENCE);
      }),
    );
  });

  it("bounds from both sides what was seen, closer the more was seen", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 5000 }), (hits, misses) => {
        const count = hits + misses;
        const [low, high] = [lowerBound(hits, count, 0.05), upperBound(hits, count, 0.05)];
        expect(low).to.be.at.most(hits / count);
        expect(high).to.be.at.least(hits / count);
        expect(upperBound(10 * hits, 10 * count, 0.05)).to.be.at.most(high);
      }),
    );
  });

  it("says about how many answers are missing until it rules something out", () => {
    for (const [probability, rate] of [
      [0.01, 0],
      [0.02, 0.005],
      [0.05, 0.01],
    ] as const) {
      const count = answersMissing(probability, { hits: 0, count: 0 }, rate, 0.05) ?? 0;
      const won = (answers: number) => evidenceBelow(probability, answers * rate, answers * (1 - rate));
      expect(won(count * 1.15)).to.be.greaterThan(20);
      expect(won(count * 0.85)).to.be.lessThan(20);
    }
    expect(answersMissing(0.01, { hits: 1, count: 10 }, 0.02, 0.05)).to.equal(null);
  });
});
