import { expect } from "chai";
import { Seconds } from "../../example/load/seconds.ts";

const BLUE = { version: "1.0.0", colour: "blue" };
const GREEN = { version: "2.0.0", colour: "green" };
const good = { result: "good" } as const;
const failed = { result: "failed", kind: "5xx", detail: "answer 500" } as const;
const refused = { result: "failed", kind: "refused", detail: "refused" } as const;

describe("the record by the second", () => {
  it("tells answers, failures and quantiles of each version apart, and what no version answered", () => {
    const seconds = new Seconds();
    for (let at = 0; at < 100; at += 1)
      seconds.count({ at: 5_000 + at, outcome: good, latencyMilliseconds: at + 1, answerer: BLUE });
    seconds.count({ at: 5_500, outcome: failed, latencyMilliseconds: 7, answerer: GREEN });
    seconds.count({ at: 5_600, outcome: refused, latencyMilliseconds: 1, answerer: undefined });
    expect(seconds.all()).to.deep.equal([
      {
        at: 5_000,
        unanswered: 1,
        answers: [
          { ...BLUE, answers: 100, failed: 0, p50: 50, p95: 95, p99: 99 },
          { ...GREEN, answers: 1, failed: 1, p50: 7, p95: 7, p99: 7 },
        ],
      },
    ]);
  });

  it("begins anew with every second, and leaves out those in which nothing came back", () => {
    const seconds = new Seconds();
    for (const at of [1_000, 1_999, 2_000, 9_500])
      seconds.count({ at, outcome: good, latencyMilliseconds: 3, answerer: BLUE });
    const counts = seconds.all().map(({ at, answers }) => [at, answers[0]?.answers]);
    expect(counts).to.deep.equal([
      [1_000, 2],
      [2_000, 1],
      [9_000, 1],
    ]);
    expect(seconds.all()).to.have.length(3);
  });
});
