import { expect } from "chai";
import fc from "fast-check";
import type { MinuteMark } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import { evidenceOfFailures, noteMinute } from "../../../release/judge/minute-windows.ts";
import { after, colour, FAILURES_ONLY } from "./evidences.ts";

const RATE = 100;
const DAY = 24 * 3600;

/** Marks of a soak in which one of a thousand requests failed. */
function marksOf(seconds: number): readonly MinuteMark[] {
  let marks: readonly MinuteMark[] = [];
  for (let at = 0; at <= seconds; at += 2)
    marks = noteMinute(marks, at, { count: at * RATE, failures: Math.floor((at * RATE) / 1000) });
  return marks;
}

/** A soak that was well for so long, and then had these answers. */
function turned(well: number, count: number, failures: number) {
  const before = { count: well * RATE, failures: Math.floor((well * RATE) / 1000) };
  const candidate = colour(before.count + count, before.failures + failures);
  const soak = after(colour(50_000, 50), candidate, well + Math.ceil(count / RATE));
  return judge({ ...soak, minutes: marksOf(well) }, FAILURES_ONLY);
}

describe("the minutes of a soak", () => {
  it("fail a version that begins to fail everything after a day as fast as one that does so from the beginning", () => {
    const { verdict, sentence } = turned(DAY, 20, 20);
    expect(verdict).to.equal("fail");
    expect(sentence).to.match(/^\d+ % of the candidate's requests of the last \d+ s failed \(\d+ of \d+\)/);
    expect(turned(0, 20, 20).verdict).to.equal("fail");
  });

  it("fail one that fails a fifth of its requests after a day within some seconds", () => {
    expect(turned(DAY, 2 * RATE, (2 * RATE) / 5).verdict).to.equal("fail");
  });

  it("fail none that goes on as it was, or has a few failures in a row", () => {
    for (const [count, failures] of [
      [0, 0],
      [100, 0],
      [60 * RATE, 6],
      [3, 3],
    ] as const)
      expect(turned(DAY, count, failures).verdict, `${failures} of ${count}`).to.not.equal("fail");
  });

  it("are marked once each, at the first look of the minute, an hour of them at the most", () => {
    const marks = marksOf(DAY);
    expect(marks.map(({ minute }) => minute)).to.deep.equal(
      Array.from({ length: 60 }, (_, at) => DAY / 60 - 59 + at),
    );
    expect(noteMinute([], 59, { count: 1, failures: 0 })).to.deep.equal([]);
    expect(noteMinute([], 200, { count: 1, failures: 0 })).to.deep.equal([
      { minute: 3, requests: { count: 1, failures: 0 } },
    ]);
  });

  it("are a fair bet: against a version at the line the next answer, or the next minute, wins nothing on average", () => {
    const steps = fc.array(fc.tuple(fc.nat(50), fc.nat(5)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.double({ min: 0.005, max: 0.3, noNaN: true }), (walk, line) => {
        let requests = { count: 0, failures: 0 };
        let marks: readonly MinuteMark[] = [];
        const winnings = (now: typeof requests, of = marks) => evidenceOfFailures(line, now, of).evidence;
        expect(winnings(requests)).to.be.closeTo(1, 1e-9);
        for (const [at, [good, bad]] of walk.entries()) {
          requests = { count: requests.count + good + bad, failures: requests.failures + bad };
          const now = winnings(requests);
          const missed = { ...requests, count: requests.count + 1 };
          const next =
            line * winnings({ ...missed, failures: missed.failures + 1 }) + (1 - line) * winnings(missed);
          expect(next).to.be.at.most(now * (1 + 1e-6));
          marks = noteMinute(marks, (at + 1) * 60, requests);
          expect(winnings(requests)).to.be.closeTo(now, now * 1e-6);
        }
      }),
    );
  });
});
