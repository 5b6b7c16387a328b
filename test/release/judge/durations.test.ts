import { expect } from "chai";
import { judge } from "../../../release/judge/judge.ts";
import { DEFAULT_LIMITS, type DurationLimits } from "../../../release/judge/limits.ts";
import {
  after,
  beside,
  BOUNDS,
  colour,
  histogramOf,
  momentsOf,
  REQUESTS_ONLY,
  steadyDurations,
} from "./evidences.ts";

describe("the judge of durations", () => {
  const DURATIONS = DEFAULT_LIMITS.durations as DurationLimits;
  const slowed = (count: number, factor: number) =>
    colour(count, 0, { durations: steadyDurations(count, factor) });
  const findingOf = (judgement: ReturnType<typeof judge>) =>
    judgement.findings.find(({ metric }) => metric === "durations");

  it("fails a candidate twice as slow, with the quantile and both figures", () => {
    const { verdict, sentence } = judge(beside(5, colour(7600, 0), slowed(400, 2)), REQUESTS_ONLY);
    expect(verdict).to.equal("fail");
    expect(sentence).to.match(
      /^95 % of the candidate's requests took at most \d+ ms, against \d+ ms of the baseline's, limit \d+ ms, 2(\.\d)? times: proven slower/,
    );
  });

  it("lets a candidate pass that is as fast, and one that is slower by less than the limit", () => {
    expect(judge(beside(25, colour(6000, 0), colour(2000, 0)), REQUESTS_ONLY).verdict).to.equal("pass");
    const slightly = judge(beside(25, colour(60_000, 0), slowed(20_000, 1.1)), REQUESTS_ONLY);
    expect(findingOf(slightly)?.evidence).to.be.greaterThan(2000);
    expect(slightly.verdict).to.equal("pass");
  });

  it("never calls slower what is slower by less than is negligible", () => {
    const lenient = { ...REQUESTS_ONLY, durations: { ...DURATIONS, negligible: 1 } };
    expect(judge(beside(25, colour(6000, 0), slowed(2000, 2)), lenient).verdict).to.equal("pass");
  });

  it("ends nothing on a few slow requests", () => {
    const few = colour(20, 0, { durations: histogramOf([...Array<number>(17).fill(0.02), 2, 2, 2]) });
    const judged = judge(beside(5, colour(380, 0), few), REQUESTS_ONLY);
    expect(judged.verdict).to.equal("inconclusive");
    expect(findingOf(judged)?.requestsMissing).to.be.greaterThan(50);
  });

  it("holds what it cannot measure or compare, and says why", () => {
    const silent = colour(1000, 0, { durations: null });
    const why = (one: Parameters<typeof judge>[0]) => findingOf(judge(one, REQUESTS_ONLY))?.sentence;
    expect(why(beside(50, colour(1000, 0), silent))).to.equal(
      "durations of the candidate could not be measured",
    );
    expect(why(beside(50, silent, colour(1000, 0)))).to.equal(
      "durations of the baseline could not be measured",
    );
    const other = colour(1000, 0, { durations: { bounds: [3, 4], atMost: [1000, 1000], count: 1000 } });
    expect(why(beside(50, colour(1000, 0), other))).to.match(/share no bound/);
    const beyond = colour(1000, 0, {
      durations: { bounds: BOUNDS, atMost: BOUNDS.map(() => 0), count: 1000 },
    });
    expect(why(beside(50, beyond, beyond))).to.match(/longer than the histogram's highest bound/);
  });

  it("goes by the record in switch, and by the absolute limit", () => {
    expect(judge(after(colour(5000, 5), colour(5000, 5)), REQUESTS_ONLY).verdict).to.equal("pass");
    expect(judge(after(colour(5000, 5), slowed(5000, 2)), REQUESTS_ONLY).verdict).to.equal("fail");
    const strict = { ...REQUESTS_ONLY, durations: { ...DURATIONS, absolute: 0.03 } };
    expect(judge(after(colour(5000, 5), colour(5000, 5)), strict).verdict).to.equal("fail");
  });

  it("goes by the absolute limit alone where there is no record", () => {
    const alone = (factor: number, absolute: number | null) =>
      judge(
        {
          seconds: 300,
          weight: 100,
          baseline: { kind: "none" },
          candidate: slowed(3000, factor),
          moments: momentsOf(300, () => factor),
          unread: [],
        },
        { ...REQUESTS_ONLY, durations: { ...DURATIONS, absolute } },
      );
    expect(alone(1, 0.2).verdict).to.equal("pass");
    expect(alone(8, 0.2).verdict).to.equal("fail");
    expect(findingOf(alone(8, null))).to.equal(undefined);
  });

  describe("in switch", () => {
    /** A soak at 800 requests a second; `slowness` by the second, 1 as on record. */
    const soak = (seconds: number, slowness: (at: number) => number, limits = REQUESTS_ONLY) => {
      const times = Array.from({ length: seconds }, (_, second) =>
        steadyDurations(800, slowness(second + 1)),
      );
      const durations = {
        bounds: BOUNDS,
        atMost: BOUNDS.map((_, at) => times.reduce((sum, { atMost }) => sum + (atMost[at] ?? 0), 0)),
        count: seconds * 800,
      };
      const own = colour(seconds * 800, 0, { durations });
      return judge(after(colour(50_000, 0), own, seconds, momentsOf(seconds, slowness)), limits);
    };
    const strict = { ...REQUESTS_ONLY, durations: { ...DURATIONS, absolute: 0.2 } };

    it("holds a version through a spell in which every answer takes ten times as long, however many they are", () => {
      for (const limits of [REQUESTS_ONLY, strict])
        for (const seconds of [5, 10, 20, 40, 60]) {
          const judged = soak(seconds, () => 10, limits);
          expect(judged.verdict).to.equal("inconclusive");
          expect(findingOf(judged)?.candidate).to.be.greaterThan(findingOf(judged)?.limit ?? NaN);
        }
    });

    it("fails a version whose every answer is too slow after 96 s, not before, and says in how many moments", () => {
      for (const limits of [REQUESTS_ONLY, strict])
        for (const slowness of [2, 10]) {
          expect(soak(90, () => slowness, limits).verdict).to.equal("inconclusive");
          expect(soak(96, () => slowness, limits).verdict).to.equal("fail");
        }
      expect(soak(96, () => 2).sentence).to.match(
        /limit \d+ ms, 2(\.\d)? times, above it in 16 of 16 moments: proven slower/,
      );
    });

    it("fails a version whose slowest answers alone are too slow after 108 s", () => {
      const own = (seconds: number) => {
        const slow = steadyDurations(seconds * 80, 5);
        const fast = steadyDurations(seconds * 720);
        const atMost = BOUNDS.map((_, at) => (slow.atMost[at] ?? 0) + (fast.atMost[at] ?? 0));
        return colour(seconds * 800, 0, { durations: { bounds: BOUNDS, atMost, count: seconds * 800 } });
      };
      expect(judge(after(colour(50_000, 0), own(102), 102), REQUESTS_ONLY).verdict).to.equal("inconclusive");
      expect(judge(after(colour(50_000, 0), own(108), 108), REQUESTS_ONLY).verdict).to.equal("fail");
    });

    it("takes no users back for a slow time that is over", () => {
      const slowUntil = (end: number) => (at: number) => (at <= end ? 10 : 1);
      expect(soak(90, slowUntil(90)).verdict).to.equal("inconclusive");
      expect(soak(150, slowUntil(90)).verdict).to.equal("inconclusive");
    });

    it("fails a version that turns slow after ten minutes within three more", () => {
      const slowFrom = (at: number) => (at > 600 ? 3 : 1);
      expect(soak(600, slowFrom).verdict).to.equal("pass");
      expect(soak(780, slowFrom).verdict).to.equal("fail");
    });

    it("proves nothing by moments that nobody has counted", () => {
      const own = slowed(500_000, 3);
      expect(judge(after(colour(50_000, 0), own, 600, []), REQUESTS_ONLY).verdict).to.equal("inconclusive");
    });

    it("speaks of the absolute limit where it is the lower one", () => {
      const low = { ...REQUESTS_ONLY, durations: { ...DURATIONS, absolute: 0.03 } };
      const finding = findingOf(soak(300, () => 1, low));
      expect(finding?.verdict).to.equal("fail");
      expect(finding?.limit).to.equal(0.03);
      expect(finding?.sentence).to.include("limit 30 ms");
    });
  });

  it("lets few requests of a slow look fail nobody whose limit they may be above by chance", () => {
    // 12 of 20 above the limit of the middle one: a coin may fall so.
    const own = colour(20, 0, {
      durations: histogramOf([...Array<number>(8).fill(0.02), ...Array<number>(12).fill(0.034)]),
    });
    expect(judge(beside(1, colour(200_000, 0), own), REQUESTS_ONLY).verdict).to.equal("inconclusive");
  });

  it("compares on the bounds that both have", () => {
    const coarse = [0.01, 0.025, 0.05, 0.1, 0.25, 1];
    const durations = Array.from({ length: 2000 }, (_, index) => 0.005 + (index % 100) / 2000);
    const fine = colour(2000, 0, { durations: histogramOf(durations) });
    const rough = colour(2000, 0, { durations: histogramOf(durations, coarse) });
    expect(judge(beside(50, fine, rough), REQUESTS_ONLY).verdict).to.equal("pass");
  });
});
