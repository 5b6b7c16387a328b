import { expect } from "chai";
import fc from "fast-check";
import { LIMITS } from "../../../../protocol/jobs/backfill-limits.ts";
import { needsVacuum, pressure, type Signs } from "../../../../jobs/migrate/backfill/throttle.ts";

const CALM: Signs = {
  replicas: [],
  hiddenReplicas: 0,
  waiting: 0,
  heldUp: 0,
  deadRows: 0,
  liveRows: 1_000_000,
  pulseMilliseconds: 1,
  writesOfOthers: 0,
};
const told = (parts: Partial<Signs>, before: Partial<Signs> = {}) =>
  pressure({ ...CALM, ...parts }, { ...CALM, ...before }, LIMITS);
const replica = (secondsBehind: number | null, bytesBehind: number | null) => ({
  replicas: [{ name: "standby", secondsBehind, bytesBehind }],
});

describe("pressure()", () => {
  it("finds nothing too much while every sign is as it was before", () => {
    const sign = fc.record({
      waiting: fc.nat(1000),
      pulseMilliseconds: fc.double({ min: 0, max: 1e4, noNaN: true }),
    });
    fc.assert(fc.property(sign, (signs) => told(signs, signs) === null));
  });

  it("waits for a replica that is behind in time or in bytes, and says which and how far", () => {
    expect(told(replica(12.3, 0))).to.equal("replica standby is 12 s behind (limit 5 s)");
    expect(told(replica(0.1, 100 * 2 ** 20))).to.equal("replica standby is 100 MiB behind (limit 64 MiB)");
    expect(told(replica(5, 64 * 2 ** 20))).to.equal(null);
    expect(told(replica(null, null))).to.equal(null);
  });

  it("waits while many more sessions wait for locks than before", () => {
    expect(told({ waiting: 9 }, { waiting: 3 })).to.equal(
      "9 sessions wait for locks (limit 5 beyond the 3 before)",
    );
    expect(told({ waiting: 8 }, { waiting: 3 })).to.equal(null);
  });

  it("waits while a write takes much longer than before, but not for a few milliseconds", () => {
    expect(told({ pulseMilliseconds: 40 }, { pulseMilliseconds: 2 })).to.equal(
      "a write of one row takes 40 ms (limit 20 ms; 2.0 ms before)",
    );
    expect(told({ pulseMilliseconds: 19 }, { pulseMilliseconds: 0.5 })).to.equal(null);
    expect(told({ pulseMilliseconds: 40 }, { pulseMilliseconds: 15 })).to.equal(null);
  });
});

describe("needsVacuum()", () => {
  it("lets dead rows be while they are few, or a small part of the table", () => {
    expect(needsVacuum({ ...CALM, deadRows: 5_000_000 }, 0, LIMITS)).to.equal(false);
    expect(needsVacuum({ ...CALM, deadRows: 5_000_001 }, 0, LIMITS)).to.equal(true);
    expect(needsVacuum({ ...CALM, deadRows: 20_000_000, liveRows: 100_000_000 }, 0, LIMITS)).to.equal(false);
  });

  it("does not try again at once where a vacuum could not remove them", () => {
    expect(needsVacuum({ ...CALM, deadRows: 6_000_000 }, 6_000_000, LIMITS)).to.equal(false);
  });
});
