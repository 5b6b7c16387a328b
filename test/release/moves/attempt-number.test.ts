import { expect } from "chai";
import fc from "fast-check";
import { attemptMark, shortNumber, type StoredAttempt } from "../../../release/moves/attempt-number.ts";

const fresh = { attempt: "fresh", clock: 1_000_000 };

/** As today's version and the one before store it. */
const stored: fc.Arbitrary<StoredAttempt | null> = fc.option(
  fc.oneof(
    fc.record({ attempt: fc.constant("a"), number: fc.nat(), clock: fc.nat() }),
    fc.record({ attempt: fc.constant("a"), number: fc.nat() }),
    fc.record({ attempt: fc.constant("a") }),
  ),
);

describe("The mark of an attempt", () => {
  it("has a number above its clock and above all that the state has, whatever clock made those", () => {
    fc.assert(
      fc.property(stored, stored, (entered, completed) => {
        const { number, clock } = attemptMark(false, [entered, completed], fresh);
        expect(clock).to.equal(fresh.clock);
        for (const before of [fresh.clock, entered?.number ?? 0, completed?.number ?? 0])
          expect(number).to.be.above(before);
      }),
    );
  });

  it("stays as the state has it where nothing is to be done, so that an up changes nothing", () => {
    fc.assert(
      fc.property(stored, (entered) => {
        fc.pre(entered !== null);
        const completed = { attempt: "a", number: 7 };
        expect(attemptMark(true, [entered, completed], fresh)).to.deep.equal(entered);
      }),
    );
  });

  it("is part of a name of at most eight characters, and of another one for each attempt", () => {
    const numbers = [1, Date.now(), Date.UTC(2059, 5, 1), 8.64e15];
    for (const number of numbers) expect(shortNumber(number)).to.have.length.within(1, 8);
    expect(new Set(numbers.map(shortNumber)).size).to.equal(numbers.length);
  });
});
