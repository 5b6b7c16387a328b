import { expect } from "chai";
import fc from "fast-check";
import type { Histogram } from "../../../release/judge/evidence.ts";
import {
  evidenceOfSlowMoments,
  isSlowOfLate,
  MOMENT_SECONDS,
  MOST_MOMENTS,
  NO_MOMENTS,
  noteMoment,
  type Moments,
} from "../../../release/judge/moments.ts";
import { steadyDurations } from "./evidences.ts";

const QUANTILES = [0.5, 0.95];

/** Looks at a candidate, `every` so many seconds, that answers `rate` requests a second. */
const looked = (seconds: number, { every = 2, rate = 800, from = NO_MOMENTS } = {}): Moments => {
  const begin = from.begun?.at ?? -every;
  let moments = from;
  for (let at = begin + every; at <= seconds; at += every)
    moments = noteMoment(moments, { at, durations: steadyDurations(Math.floor(at * rate)) }, QUANTILES);
  return moments;
};

const sumOf = (histograms: readonly Histogram[]): Histogram => ({
  bounds: histograms[0]?.bounds ?? [],
  atMost: (histograms[0]?.bounds ?? []).map((_, at) =>
    histograms.reduce((sum, { atMost }) => sum + (atMost[at] ?? 0), 0),
  ),
  count: histograms.reduce((sum, { count }) => sum + count, 0),
});

describe("a moment", () => {
  it("ends with the first look after five seconds, so that a longer interval between looks makes longer ones", () => {
    const ends = (every: number) => looked(60, { every }).ended.map(({ at }) => at);
    expect(ends(1)).to.deep.equal([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]);
    expect(ends(2)).to.deep.equal([6, 12, 18, 24, 30, 36, 42, 48, 54, 60]);
    expect(ends(20)).to.deep.equal([20, 40, 60]);
  });

  it("tells the quantiles of its own requests, not of those before", () => {
    const slow = sumOf([steadyDurations(8000), steadyDurations(4000, 4)]);
    let moments = noteMoment(NO_MOMENTS, { at: 0, durations: null }, QUANTILES);
    moments = noteMoment(moments, { at: 6, durations: steadyDurations(8000) }, QUANTILES);
    moments = noteMoment(moments, { at: 12, durations: slow }, QUANTILES);
    const [first, second] = moments.ended;
    expect((second?.quantiles["0.5"] ?? 0) / (first?.quantiles["0.5"] ?? 0)).to.be.closeTo(4, 0.5);
  });

  it("waits for requests enough to tell all quantiles, and after half a minute for one", () => {
    const some = looked(300, { rate: 10 }).ended;
    expect(some.map(({ at }) => at).slice(0, 3)).to.deep.equal([10, 20, 30]);
    const few = looked(300, { rate: 1 }).ended;
    expect(few.map(({ at }) => at).slice(0, 3)).to.deep.equal([30, 60, 90]);
    expect(few[0]?.quantiles).to.have.all.keys("0.5");
    expect(looked(300, { rate: 0.01 }).ended).to.deep.equal([]);
    expect(looked(300, { rate: 0 }).ended).to.deep.equal([]);
  });

  it("goes on as if nothing had been, after it was written down and read again in the middle", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), (middle) => {
        const kept = JSON.parse(JSON.stringify(looked(middle * 2))) as Moments;
        expect(looked(120, { from: kept })).to.deep.equal(looked(120));
      }),
    );
  });

  it("begins with the first look of a guard that knows of none, and leaves out what was counted before", () => {
    const moments = noteMoment(NO_MOMENTS, { at: 500, durations: steadyDurations(400_000, 10) }, QUANTILES);
    const next = sumOf([steadyDurations(400_000, 10), steadyDurations(4000)]);
    const [only] = noteMoment(moments, { at: 506, durations: next }, QUANTILES).ended;
    expect(only?.quantiles["0.5"]).to.be.below(0.03);
  });

  it("is one of at most half an hour's, which stay small", () => {
    const { ended } = looked(6 * 3600);
    expect(ended).to.have.length(MOST_MOMENTS);
    expect(ended.length * MOMENT_SECONDS).to.equal(1800);
    expect(JSON.stringify(ended).length).to.be.below(25_000);
  });
});

describe("the evidence of slow moments", () => {
  const moments = (slow: readonly boolean[], every = 6) =>
    slow.map((isSlow, number) => ({ at: (number + 1) * every, quantiles: { "0.5": isSlow ? 2 : 0.5 } }));
  const evidence = (slow: readonly boolean[]) => evidenceOfSlowMoments(moments(slow), 0.5, 1);
  const times = (count: number, isSlow: boolean) => Array<boolean>(count).fill(isSlow);

  it("is none without a moment, and little from a spell, whenever it comes", () => {
    expect(evidence([])).to.equal(1);
    for (const before of [0, 10, 100, 300])
      for (const lasting of [1, 3, 5]) {
        const spell = [...times(before, false), ...times(lasting, true)];
        expect(evidence(spell)).to.be.below(10);
      }
  });

  it("is a proof after 16 slow moments from the beginning, after 27 that follow ten minutes, and 32 that follow an hour", () => {
    expect(evidence(times(15, true))).to.be.below(2000);
    expect(evidence(times(16, true))).to.be.at.least(2000);
    expect(evidence([...times(100, false), ...times(26, true)])).to.be.below(2000);
    expect(evidence([...times(100, false), ...times(27, true)])).to.be.at.least(2000);
    const hour = [...times(600, false), ...times(32, true)];
    expect(evidenceOfSlowMoments(moments(hour).slice(-MOST_MOMENTS), 0.5, 1)).to.be.at.least(2000);
  });

  it("comes up once in 1/α soaks at the most where each moment is slow like a coin falls", () => {
    let seed = 1;
    const coin = () => (seed = (seed * 48_271) % 2_147_483_647) % 2 === 0;
    const proofs = Array.from({ length: 400 }, () => {
      const slow = Array.from({ length: 100 }, coin);
      return slow.some((_, number) => number % 5 === 4 && evidence(slow.slice(0, number + 1)) >= 20);
    }).filter(Boolean);
    expect(proofs.length).to.be.at.most(400 / 20);
  });
});

describe("slow of late", () => {
  const moments = [10, 20, 30, 40, 50, 60, 70].map((at) => ({ at, quantiles: { "0.5": at > 40 ? 2 : 0.5 } }));
  const late = (now: number) => isSlowOfLate(moments, now, 0.5, 1);

  it("is what was slow in more than half of the last minute's moments", () => {
    expect(late(75)).to.equal(false);
    expect(late(80)).to.equal(true);
  });

  it("is nothing of which the last minute has no moment", () => {
    expect(late(1000)).to.equal(false);
  });
});
