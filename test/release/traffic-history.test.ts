import { expect } from "chai";
import fc from "fast-check";
import {
  INTERVAL_SECONDS,
  NO_COURSE,
  noteAnswers,
  noteShare,
  type Course,
  type CountersSeen,
} from "../../release/traffic-history.ts";

const at = (second: number): number => 1_790_000_000_000 + second * 1000;

const counters = (count: number, failures: number) => ({
  requests: { count, failures },
  durations: { bounds: [0.01, 0.1], atMost: [Math.floor(count / 2), count], count },
});

const seen = (second: number, count: number, failures = 0, number = 1): CountersSeen => ({
  at: at(second),
  number,
  active: counters(count * 10, 0),
  candidate: counters(count, failures),
});

const course = (looks: readonly CountersSeen[]): Course => looks.reduce(noteAnswers, NO_COURSE);

describe("the course of a watch", () => {
  it("tells what was answered from one look to the next, not what the counters stood at", () => {
    const { intervals } = course([seen(0, 100, 4), seen(5, 130, 5), seen(10, 190, 9)]);
    expect(intervals.map(({ candidate }) => [candidate?.requests, candidate?.failures])).to.deep.equal([
      [30, 1],
      [60, 4],
    ]);
    expect(intervals[0]?.candidate?.p95).to.be.within(0.01, 0.1);
  });

  it("begins anew with another attempt, whose counters begin at zero", () => {
    const { intervals } = course([seen(0, 0), seen(5, 50), seen(60, 2, 0, 2), seen(65, 12, 0, 2)]);
    expect(intervals.map(({ candidate }) => candidate?.requests)).to.deep.equal([50, 10]);
  });

  it("loses no request and no failure however long the watch, and stays small", () => {
    const steps = fc.array(
      fc.record({ seconds: fc.integer({ min: 1, max: 30 }), requests: fc.nat(500), failures: fc.nat(20) }),
      { minLength: 1, maxLength: 600 },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        let [second, count, failures] = [0, 0, 0];
        const looks = [seen(0, 0)];
        for (const step of taken) {
          second += step.seconds;
          count += step.requests + step.failures;
          failures += step.failures;
          looks.push(seen(second, count, failures));
        }
        const last = seen(second + INTERVAL_SECONDS, count, failures);
        const { intervals } = course([...looks, last]);
        const sum = (of: "requests" | "failures") =>
          intervals.reduce((all, { candidate }) => all + (candidate?.[of] ?? 0), 0);
        expect(sum("requests")).to.equal(count);
        expect(sum("failures")).to.equal(failures);
        expect(intervals.reduce((all, { seconds }) => all + seconds, 0)).to.be.closeTo(second + 5, 0.01);
        expect(intervals.length).to.be.at.most(120);
      }),
      { numRuns: 30 },
    );
  });

  it("notes the entrance when share or writer changes, and only then", () => {
    const shares = [5, 5, 5, 0, 0].map((candidate, second) => ({
      at: at(second),
      candidate,
      by: candidate > 0 ? "zero-downtime" : "zero-downtime-guard",
    }));
    expect(shares.reduce(noteShare, NO_COURSE).shares).to.deep.equal([shares[0], shares[3]]);
  });

  it("says that nothing was measured where nothing was", () => {
    const blind = { requests: null, durations: null };
    const { intervals } = course([
      { ...seen(0, 0), candidate: blind },
      { ...seen(5, 10), candidate: blind },
    ]);
    expect(intervals[0]?.candidate).to.equal(null);
    expect(intervals[0]?.active?.requests).to.equal(100);
  });
});
