import { expect } from "chai";
import fc from "fast-check";
import { WritesOfOthers } from "../../../../jobs/migrate/backfill/foreign-writes.ts";

describe("WritesOfOthers", () => {
  it("knows no rate before it has looked twice", () => {
    expect(new WritesOfOthers().rate(1000, 0)).to.equal(0);
  });

  it("counts what the server gave out and we did not take, over the last second", () => {
    const writes = new WritesOfOthers();
    writes.rate(1000, 0);
    for (let step = 0; step < 30; step++) writes.own();
    expect(writes.rate(1080, 500)).to.equal(100);
    expect(writes.rate(1130, 1000)).to.equal(100);
    // Half a second later nobody has written, and what is counted begins at the look of 500.
    expect(writes.rate(1130, 1500)).to.equal(50);
    expect(writes.rate(1130, 2000)).to.equal(0);
  });

  it("takes our own writes for nobody else's, however many there are and whenever it looks", () => {
    const looks = fc.array(fc.record({ steps: fc.nat(500), after: fc.integer({ min: 1, max: 2_000 }) }));
    fc.assert(
      fc.property(looks, (moments) => {
        const writes = new WritesOfOthers();
        let [nextId, now] = [7, 0];
        return moments.every(({ steps, after }) => {
          for (let step = 0; step < steps; step++) writes.own();
          nextId += steps;
          now += after;
          return writes.rate(nextId, now) === 0;
        });
      }),
    );
  });
});
