import { expect } from "chai";
import { judge } from "../../../release/judge/judge.ts";
import { after, beside, colour, FAILURES_ONLY } from "./evidences.ts";

describe("the judge of failures", () => {
  const judged = (weight: number, baseline: [number, number], candidate: [number, number], seconds = 300) =>
    judge(beside(weight, colour(...baseline), colour(...candidate), seconds), FAILURES_ONLY);

  it("fails a candidate with a few failures where the baseline has none", () => {
    const { verdict, sentence } = judged(5, [3800, 0], [200, 4]);
    expect(verdict).to.equal("fail");
    expect(sentence).to.match(
      /^2 % of the candidate's requests failed \(4 of 200\), against 0 % of the baseline's at the same moment: proven worse/,
    );
  });

  it("fails a candidate that fails everything within a handful of requests, at every rung of a release", () => {
    expect(judged(1, [297, 0], [3, 3], 4).verdict).to.equal("fail");
    expect(judged(5, [95, 0], [5, 5], 4).verdict).to.equal("fail");
    expect(judged(25, [30, 0], [10, 10], 4).verdict).to.equal("fail");
    expect(judged(50, [20, 0], [20, 20], 4).verdict).to.equal("fail");
    expect(judge(after(colour(5000, 5), colour(4, 4), 2), FAILURES_ONLY).verdict).to.equal("fail");
  });

  it("ends nothing on one failure among the first few requests, and says that it is too little evidence", () => {
    for (const weight of [1, 5, 25, 50]) {
      const { verdict, sentence } = judged(weight, [12 * (100 / weight - 1), 0], [12, 1], 300);
      expect(verdict).to.equal("inconclusive");
      expect(sentence).to.match(/too little evidence, as 1 failure may be chance; about \d+ more requests/);
    }
    expect(judge(after(colour(5000, 0), colour(3, 1)), FAILURES_ONLY).verdict).to.equal("inconclusive");
  });

  it("blames a burst of failures that hits both on neither", () => {
    expect(judged(5, [9500, 950], [500, 52]).verdict).not.to.equal("fail");
  });

  it("lets a candidate pass that fails as seldom as the baseline", () => {
    const { verdict, sentence } = judged(25, [9000, 45], [3000, 15]);
    expect(sentence).to.match(/at most 0.\d+ % more, below the limit of 1 %$/);
    expect(verdict).to.equal("pass");
  });

  it("holds what has had no traffic, or too little, and says how many requests are missing", () => {
    expect(judged(5, [1000, 0], [0, 0]).sentence).to.equal("No request has reached the candidate");
    const few = judged(5, [1900, 0], [100, 0]);
    expect(few.verdict).to.equal("inconclusive");
    expect(few.findings[0]?.requestsMissing).to.be.within(350, 500);
  });

  it("holds what passes all but the least time, and what it could not read", () => {
    expect(judged(5, [19000, 0], [1000, 0], 90).missing).to.deep.equal(["30 more seconds of at least 120 s"]);
    const unread = { ...beside(5, colour(19000, 0), colour(1000, 0)), unread: ["pod a-1 within 2 s"] };
    expect(judge(unread, FAILURES_ONLY)).to.include({
      verdict: "inconclusive",
      sentence: "Not read: pod a-1 within 2 s",
    });
  });

  it("lets a proven increase pass that is smaller than what is negligible, and fails one that is not", () => {
    expect(judged(50, [1_000_000, 100], [1_000_000, 400]).verdict).to.equal("pass");
    expect(judged(50, [1_000_000, 100], [1_000_000, 1400]).verdict).to.equal("fail");
  });

  it("goes by the record and the absolute limit in switch", () => {
    const switched = (record: [number, number], candidate: [number, number]) =>
      judge(after(colour(...record), colour(...candidate)), FAILURES_ONLY);
    expect(switched([5000, 25], [5000, 25]).verdict).to.equal("pass");
    expect(switched([5000, 25], [5000, 300]).verdict).to.equal("fail");
    // A record that is bad already fails nobody who is as bad.
    expect(switched([5000, 500], [5000, 500]).verdict).not.to.equal("fail");
  });

  it("goes by the absolute limit where the record has hardly a request: it would allow nearly anything", () => {
    for (const record of [colour(0, 0), colour(20, 0), colour(20, 5)]) {
      const { verdict, sentence } = judge(after(record, colour(400, 40)), FAILURES_ONLY);
      expect(verdict).to.equal("fail");
      expect(sentence).to.match(/against at most 2 % allowed, without a record of enough requests/);
    }
  });

  it("goes by the absolute limit alone where there is no record", () => {
    const alone = (count: number, failures: number) =>
      judge(
        {
          seconds: 300,
          weight: 100,
          baseline: { kind: "none" },
          candidate: colour(count, failures),
          moments: [],
          unread: [],
        },
        FAILURES_ONLY,
      );
    expect(alone(3000, 15).verdict).to.equal("pass");
    expect(alone(3000, 150).verdict).to.equal("fail");
    expect(alone(20, 1).verdict).to.equal("inconclusive");
  });
});
