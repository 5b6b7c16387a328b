import { expect } from "chai";
import fc from "fast-check";
import { isCarried, rateFor, type Tried } from "./rehearsal/fitting-rate.ts";

const carried = (rate: number): Tried => ({ rate, failed: 0, wrong: 0, overflow: 0, p50: 3, p99: 20 });
const late = (rate: number): Tried => ({ ...carried(rate), p50: 80, p99: 900 });

describe("a rehearsal's rate", () => {
  it("is half of what the machine carries, so that the release has room beside it", () => {
    expect(rateFor([carried(100), carried(200), late(400)])).to.equal(100);
    expect(rateFor([carried(400), carried(800), carried(1_200)])).to.equal(600);
  });

  it("is not raised by a rate that was carried behind one that was not", () => {
    expect(rateFor([carried(100), late(200), carried(400)])).to.equal(50);
  });

  it("is small where the machine carries nothing, and never none", () => {
    expect(rateFor([late(50)]))
      .to.equal(rateFor([]))
      .and.to.be.within(1, 25);
  });

  it("takes a lost, a wrong and an unsent request as one too many", () => {
    for (const fault of ["failed", "wrong", "overflow"] as const)
      expect(isCarried({ ...carried(100), [fault]: 1 })).to.equal(false);
  });

  it("leaves at least half of what was carried, whatever was measured", () => {
    const measured = fc.record({
      rate: fc.integer({ min: 50, max: 5_000 }),
      failed: fc.nat(1),
      wrong: fc.constant(0),
      overflow: fc.nat(1),
      p50: fc.nat(50),
      p99: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.array(measured), (tried) => {
        const most = Math.max(0, ...tried.filter(isCarried).map(({ rate }) => rate));
        expect(rateFor(tried)).to.be.at.most(Math.max(25, most / 2));
      }),
    );
  });
});
