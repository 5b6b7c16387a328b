import { expect } from "chai";
import fc from "fast-check";
import { LIMITS } from "../../../../protocol/jobs/backfill-limits.ts";
import { ALONE, nextPace, type Felt, type Pace } from "../../../../jobs/migrate/backfill/pacing.ts";
import { RowCosts } from "../../../../jobs/migrate/backfill/row-costs.ts";

const BEFORE = { pulseMilliseconds: 1 };
const CALM: Felt = { writesOfOthers: 100, heldUp: 0, pulseMilliseconds: 1 };
const LEAST = 1.5;
const MOST = 8;
const SHORTEST_REST = 1 / 6;

/** The pace after these looks, from that of a walk alone. */
const after = (looks: readonly Partial<Felt>[], restShare = 1): Pace =>
  looks.reduce<Pace>(
    (pace, look) => nextPace(pace, { ...CALM, ...look }, BEFORE, { ...LIMITS, restShare }),
    ALONE,
  );

const anyLooks = fc.array(
  fc.record({
    writesOfOthers: fc.double({ min: 0, max: 10_000, noNaN: true }),
    heldUp: fc.nat(20),
    pulseMilliseconds: fc.double({ min: 0, max: 1_000, noNaN: true }),
  }),
);

describe("nextPace()", () => {
  it("takes the longest steps, and no rest, while hardly anybody writes", () => {
    fc.assert(
      fc.property(anyLooks, fc.integer({ min: 0, max: 10 }), (looks, writesOfOthers) => {
        expect(after([...looks, { writesOfOthers }])).to.deep.equal(ALONE);
      }),
    );
  });

  it("takes shorter steps beside others, and the shortest rests while they feel nothing", () => {
    const calm = { target: MOST, rest: SHORTEST_REST };
    expect(after([{}, {}])).to.deep.equal(calm);
    // Up to half of what it would pause for.
    expect(after([{ pulseMilliseconds: 10 }, { pulseMilliseconds: 10 }])).to.deep.equal(calm);
    const before = { pulseMilliseconds: 20 };
    expect(nextPace(ALONE, { ...CALM, pulseMilliseconds: 30 }, before, LIMITS)).to.deep.equal(calm);
  });

  it("halves its steps at once when somebody waits for a row of theirs, and lets them grow again", () => {
    fc.assert(
      fc.property(anyLooks, (looks) => {
        const pace = after([...looks, {}]);
        const held = nextPace(pace, { ...CALM, heldUp: 1 }, BEFORE, LIMITS);
        expect(held.target).to.equal(Math.max(LEAST, pace.target / 2));
        const grown = nextPace(held, CALM, BEFORE, LIMITS);
        expect(grown.target).to.equal(Math.min(MOST, held.target * 1.5));
      }),
    );
  });

  it("rests at once when every write has become slow, more while it stays so, and less afterwards", () => {
    const slow = { pulseMilliseconds: 11 };
    const rests = [1, 2, 3, 4, 5].map((count) => after(Array.from({ length: count }, () => slow)).rest);
    expect(rests).to.deep.equal([1 / 6, 1 / 3, 2 / 3, 1, 1]);
    expect(after([slow, slow, {}]).rest).to.equal(1 / 6);
    expect(after([slow, slow, slow, {}]).rest).to.equal(1 / 3);
    expect(after([slow, slow, {}, {}]).rest).to.equal(SHORTEST_REST);
    // However short the steps: a slow machine is no reason for those.
    expect(after([slow, slow]).target).to.equal(MOST);
  });

  it("never leaves its bounds, and never rests where it may not", () => {
    fc.assert(
      fc.property(anyLooks, fc.double({ min: 0, max: 100, noNaN: true }), (looks, restShare) => {
        const { target, rest } = after(looks, restShare);
        expect(target).to.be.within(LEAST, ALONE.target);
        expect(rest).to.be.within(0, restShare);
        expect(after(looks, 0)).to.deep.equal(ALONE);
      }),
    );
  });
});

describe("RowCosts", () => {
  it("goes by the quickest of the last four steps, as others only ever add to what a step takes", () => {
    const costs = new RowCosts();
    expect(costs.add(100, 50)).to.equal(0.5);
    expect(costs.add(100, 10)).to.equal(0.1);
    expect([1, 2, 3].map(() => costs.add(10, 100))).to.deep.equal([0.1, 0.1, 0.1]);
    expect(costs.add(10, 100)).to.equal(10);
  });
});
