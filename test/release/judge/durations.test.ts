import { expect } from "chai";
import { judge } from "../../../release/judge/judge.ts";
import { DEFAULT_LIMITS, type DurationLimits } from "../../../release/judge/limits.ts";
import { after, beside, BOUNDS, colour, histogramOf, REQUESTS_ONLY, steadyDurations } from "./evidences.ts";

describe("the judge of durations", () => {
  const DURATIONS = DEFAULT_LIMITS.durations as DurationLimits;
  const slowed = (count: number, factor: number) =>
    colour(count, 0, { durations: steadyDurations(count, factor) });
  const findingOf = (judgement: ReturnType<typeof judge>) =>
    judgement.findings.find(({ metric }) => metric === "durations");

  it("fails a candidate twice as slow, with the quantile and both figures", () => {
    const { verdict, sentence } = judge(beside(5, colour(3800, 0), slowed(200, 2)), REQUESTS_ONLY);
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
          unread: [],
        },
        { ...REQUESTS_ONLY, durations: { ...DURATIONS, absolute } },
      );
    expect(alone(1, 0.2).verdict).to.equal("pass");
    expect(alone(8, 0.2).verdict).to.equal("fail");
    expect(findingOf(alone(8, null))).to.equal(undefined);
  });

  it("compares on the bounds that both have", () => {
    const coarse = [0.01, 0.025, 0.05, 0.1, 0.25, 1];
    const durations = Array.from({ length: 2000 }, (_, index) => 0.005 + (index % 100) / 2000);
    const fine = colour(2000, 0, { durations: histogramOf(durations) });
    const rough = colour(2000, 0, { durations: histogramOf(durations, coarse) });
    expect(judge(beside(50, fine, rough), REQUESTS_ONLY).verdict).to.equal("pass");
  });
});
