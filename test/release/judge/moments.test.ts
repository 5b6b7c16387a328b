import { expect } from "chai";
import fc from "fast-check";
import type { Histogram, Moment } from "../../../release/judge/evidence.ts";
import {
  evidenceOfSlowMoments,
  isSlowOfLate,
  MOMENT_SECONDS,
  MOST_MOMENTS,
  NO_MOMENTS,
  noteMoment,
  PROMETHEUS_MOMENT_SECONDS,
  slowMoments,
  type Moments,
} from "../../../release/judge/soak-windows.ts";
import { steadyDurations } from "./evidences.ts";

const QUANTILES = [0.5, 0.95];

/** Looks at a candidate, `every` so many seconds, that answers `rate` requests a second. */
const looked = (
  seconds: number,
  { every = 2, rate = 800, from = NO_MOMENTS, begin = 0, quantiles = QUANTILES, least = MOMENT_SECONDS } = {},
): Moments => {
  let moments = from;
  for (let at = begin; at <= seconds; at += every)
    moments = noteMoment(
      moments,
      { at, durations: steadyDurations(Math.floor(at * rate)) },
      quantiles,
      least,
    );
  return moments;
};

const telling = ({ ended }: Moments, share: number): Moment[] =>
  ended.filter(({ quantiles }) => quantiles[share] !== undefined);

const endsOf = (moments: Moments, share: number): number[] => telling(moments, share).map(({ at }) => at);

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

  it("of a quantile waits for the requests that tell it, and for no other quantile", () => {
    const some = looked(300, { rate: 10 });
    expect(endsOf(some, 0.5).slice(0, 4)).to.deep.equal([6, 12, 18, 24]);
    expect(endsOf(some, 0.95).slice(0, 3)).to.deep.equal([10, 20, 30]);
    const few = looked(300, { rate: 3 });
    expect(endsOf(few, 0.5).slice(0, 4)).to.deep.equal([6, 12, 18, 24]);
    expect(endsOf(few, 0.95).slice(0, 3)).to.deep.equal([34, 68, 102]);
    const fewer = looked(300, { rate: 1 });
    expect(endsOf(fewer, 0.5).slice(0, 3)).to.deep.equal([10, 20, 30]);
    expect(endsOf(fewer, 0.95)).to.deep.equal([100, 200, 300]);
    expect(looked(300, { rate: 0.01 }).ended).to.deep.equal([]);
    expect(looked(300, { rate: 0 }).ended).to.deep.equal([]);
  });

  it("of every quantile comes at any rate, as often as there are requests to tell it", () => {
    const share = fc.constantFrom(0.5, 0.9, 0.95, 0.99);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(share, { minLength: 1 }),
        (rate, quantiles) => {
          const moments = looked(1200, { rate, quantiles });
          for (const one of quantiles) {
            const longest = Math.max(MOMENT_SECONDS, 5 / (1 - one) / rate) + 2 + 1 / rate;
            expect(telling(moments, one).length).to.be.at.least(Math.floor(1200 / longest));
          }
        },
      ),
    );
  });

  it("begins anew where one was begun for all quantiles together, as an older program has kept it", () => {
    const ended = [{ at: 30, quantiles: { "0.5": 0.02 } }];
    for (const begun of [{ at: 30, durations: steadyDurations(90) }, { at: 30, durations: null }, null]) {
      const kept = JSON.parse(JSON.stringify({ ended, begun })) as Moments;
      const next = looked(100, { rate: 3, from: kept, begin: 32 });
      expect(endsOf(next, 0.5).slice(0, 3)).to.deep.equal([30, 38, 44]);
      expect(endsOf(next, 0.95)).to.deep.equal([66, 100]);
      expect(next.begun).to.have.all.keys("0.5", "0.95");
    }
  });

  it("goes on as if nothing had been, after it was written down and read again in the middle", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), (middle) => {
        for (const rate of [3, 800]) {
          const kept = JSON.parse(JSON.stringify(looked(middle * 2, { rate }))) as Moments;
          const begin = middle * 2 + 2;
          expect(looked(120, { rate, from: kept, begin })).to.deep.equal(looked(120, { rate }));
        }
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

  it("of a high quantile is not forgotten for the many of a lower one, and all stay small", () => {
    const quantiles = [0.5, 0.99];
    const moments = looked(2 * 3600, { rate: 10, quantiles });
    expect(telling(moments, 0.5)).to.have.length.within(MOST_MOMENTS, 2 * MOST_MOMENTS);
    expect(endsOf(moments, 0.5).slice(-MOST_MOMENTS)).to.deep.equal(
      Array.from({ length: MOST_MOMENTS }, (_, number) => 2 * 3600 - (MOST_MOMENTS - 1 - number) * 6),
    );
    expect(telling(moments, 0.99).length).to.be.at.least(MOST_MOMENTS / 10);
    for (const rate of [3, 13, 16])
      expect(JSON.stringify(looked(2 * 3600, { rate })).length).to.be.below(35_000);
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

  it("is little from a spell of a minute that a Prometheus shows bit by bit, as it reads each pod at another time", () => {
    const isSlowAt = (second: number) => second >= 300 && second < 360;
    const answered = (until: number) => {
      const slow = Array.from({ length: until }, (_, second) => second).filter(isSlowAt).length;
      return sumOf([steadyDurations((until - slow) * 100), steadyDurations(slow * 100, 10)]);
    };
    const slowOf = (window: number, offsets: readonly number[], least: number) => {
      let soak = NO_MOMENTS;
      for (let at = 60; at <= 600; at += 2) {
        const readAt = offsets.map((offset) => at - ((at + offset) % window));
        soak = noteMoment(soak, { at, durations: sumOf(readAt.map(answered)) }, QUANTILES, least);
      }
      const evidences = QUANTILES.map((share) => evidenceOfSlowMoments(soak.ended, share, 0.15));
      return { slow: slowMoments(soak.ended, 0.95, 0.15).slow, evidence: Math.max(...evidences) };
    };
    for (const window of [15, 30, 60])
      for (const offsets of [[0], [0, 15], [0, 5, 10, 15, 20, 25], [0, 7, 31, 44]]) {
        const { slow, evidence } = slowOf(window, offsets, PROMETHEUS_MOMENT_SECONDS);
        expect(slow).to.be.within(1, 5);
        expect(evidence).to.be.below(10);
      }
    expect(slowOf(30, [0, 5, 10, 15, 20, 25], MOMENT_SECONDS).slow).to.be.above(10);
  });

  it("is a proof after 16 slow moments from the start, 27 after ten minutes, and 32 after an hour", () => {
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
  const momentsBy = (every: number, until: number, isSlow: (at: number) => boolean) =>
    Array.from({ length: until / every }, (_, number) => (number + 1) * every).map((at) => ({
      at,
      quantiles: { "0.5": isSlow(at) ? 2 : 0.5 },
    }));
  const late = (moments: readonly Moment[]) => isSlowOfLate(moments, 0.5, 1);

  it("is what was slow in more than half of the newest minute's moments", () => {
    expect(late(momentsBy(10, 70, (at) => at > 40))).to.equal(false);
    expect(late(momentsBy(10, 80, (at) => at > 40))).to.equal(true);
    expect(late(momentsBy(10, 110, (at) => at > 40 && at <= 80))).to.equal(false);
  });

  it("is what the newest moment was where one lasts longer than a minute", () => {
    expect(late(momentsBy(100, 1000, (at) => at === 1000))).to.equal(true);
    expect(late(momentsBy(100, 1000, (at) => at < 1000))).to.equal(false);
  });

  it("is nothing that has no moment, whatever another quantile has", () => {
    expect(late([])).to.equal(false);
    expect(
      isSlowOfLate(
        momentsBy(10, 80, () => true),
        0.95,
        1,
      ),
    ).to.equal(false);
    const since = momentsBy(10, 200, () => false).map(({ at }) => ({ at, quantiles: { "0.95": 0.5 } }));
    expect(late([...momentsBy(10, 100, () => true), ...since])).to.equal(true);
  });
});
