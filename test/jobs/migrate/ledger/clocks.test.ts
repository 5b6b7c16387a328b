import { expect } from "chai";
import fc from "fast-check";
import { takenNumber, type Attempt, type Fence } from "../../../../jobs/migrate/ledger/fence-number.ts";
import { attemptMark } from "../../../../release/moves/attempt-number.ts";
import { asFirstLedger } from "../../../support/postgres/first-ledger.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const EXPAND = { goal: "expanded", from: OLD, to: NEW } as const;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe("migrate, called by machines whose clocks differ", () => {
  let bench: ReleaseBench;
  let template: string;

  before(async () => {
    bench = await ReleaseBench.create();
    template = `${bench.database.name}_base`;
    await bench.reach("base", { to: OLD, first: true });
    await bench.database.saveAs(template);
  });

  beforeEach(async () => {
    await bench.database.resetTo(template);
    bench.lines.length = 0;
  });

  after(() => bench.end(template));

  /**
   * What the program passes: a number after all that the stack's state has, and what its machine's
   * clock says.
   */
  const attempt = (off: number, before: readonly number[] = []) => {
    const clock = Date.now() + off;
    return { clock, number: numberAfter(clock, Math.max(0, ...before)) };
  };

  it("refuses a clock that is a day ahead, in words, and changes nothing", async () => {
    const dumped = await schemaDump(bench.database);
    const reason = await bench.refused({ ...EXPAND, ...attempt(DAY) });
    expect(reason).to.match(/clock of the machine that ran this is 24 h ahead of the database's/);
    expect(reason).to.match(/Set it right and repeat the stage\. Nothing was changed$/);
    expect(await schemaDump(bench.database)).to.equal(dumped);
  });

  it("refuses one that is six minutes ahead, and accepts one that is four", async () => {
    expect(await bench.refused({ ...EXPAND, ...attempt(6 * MINUTE) })).to.match(/is 6 min ahead/);
    await bench.reach("expanded", { ...EXPAND, ...attempt(4 * MINUTE) });
  });

  it("refuses it before anything is installed, and installs by a right one", async () => {
    const empty = await ReleaseBench.create();
    try {
      const ahead = attempt(DAY);
      expect(await empty.refused({ goal: "base", to: OLD, first: true, ...ahead })).to.match(/24 h ahead/);
      expect(await empty.query("SELECT FROM pg_namespace WHERE nspname = 'zero_downtime'")).to.have.length(0);
      await empty.reach("base", { to: OLD, first: true, ...attempt(0, [ahead.number]) });
    } finally {
      await empty.end();
    }
  });

  it("goes on by a right clock after an attempt of one that was ahead, on and back", async () => {
    const ahead = attempt(DAY);
    await bench.refused({ ...EXPAND, ...ahead });
    const right = attempt(0, [ahead.number]);
    await bench.reach("expanded", { ...EXPAND, ...right });
    expect(bench.lines.join("\n")).to.match(/number is 24 h ahead of the database's clock/);
    await bench.reach("base", {
      ...{ from: OLD, to: OLD, vacate: bench.database.roles.green },
      ...attempt(0, [right.number]),
    });
  });

  it("goes on by a right clock after the version before has let one into the ledger", async () => {
    await asFirstLedger(bench.database);
    const ahead = Date.now() + DAY;
    await bench.query("UPDATE zero_downtime.fence SET number = $1", [ahead]);
    await bench.reach("expanded", { ...EXPAND, ...attempt(0) });
    expect(bench.lines.join("\n")).to.match(/newest runner is 24 h ahead of the database's clock/);
    const [fence] = await bench.query<{ number: string }>("SELECT number FROM zero_downtime.fence");
    expect(Number(fence?.number)).to.be.below(Date.now() + MINUTE);
  });

  it("goes on by a right clock after one that was ahead a day, and then three minutes", async () => {
    const first = attempt(DAY);
    await bench.refused({ ...EXPAND, ...first });
    const second = attempt(3 * MINUTE, [first.number]);
    await bench.reach("expanded", { ...EXPAND, ...second });
    const third = attempt(0, [second.number]);
    await bench.reach("expanded", { ...EXPAND, ...third });
    await bench.reach("filled", { ...EXPAND, ...third });
    expect(await bench.refused({ ...EXPAND, ...second })).to.match(/a newer attempt has worked/);
  });

  it("goes on by a clock that is behind, as the stack's numbers tell who is newer", async () => {
    const first = attempt(0);
    await bench.reach("expanded", { ...EXPAND, ...first });
    await bench.reach("filled", { ...EXPAND, ...attempt(-DAY, [first.number]) });
  });

  it("names a clock that is behind where no number tells who is newer", async () => {
    await bench.reach("expanded", { ...EXPAND, ...attempt(0) });
    const reason = await bench.refused({ ...EXPAND, goal: "filled", ...attempt(-2 * DAY) });
    expect(reason).to.match(/said \S+Z \(2 days behind the database's\): set it right and repeat the stage/);
    expect(reason.length).to.be.below(600);
  });
});

describe("the number by which a runner takes the fence", () => {
  /**
   * Attempts of one stack, each by a machine whose clock is off by so much, so long after
   * the one before.
   */
  const attempts = fc.array(
    fc.record({
      off: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 5 * MINUTE - 2, max: 5 * MINUTE + 2 }),
        fc.integer({ min: -6 * MINUTE, max: 6 * MINUTE }),
        fc.integer({ min: -3 * DAY, max: 3 * DAY }),
      ),
      later: fc.oneof(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 5 * MINUTE - 5, max: 5 * MINUTE + 5 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 4 * DAY }),
      ),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it("lets every attempt of a right clock through, and none of a clock that is ahead", () => {
    fc.assert(
      fc.property(attempts, (list) => {
        follow(list, ({ off, taken }) => {
          if (off > 5 * MINUTE) expect(taken).to.have.property("refusal");
          else expect(taken).to.have.property("number");
        });
      }),
    );
  });

  it("keeps every attempt out once a later one has begun, however clocks are off", () => {
    fc.assert(
      fc.property(attempts, (list) => {
        const earlier: Attempt[] = [];
        follow(list, ({ attempt, taken, fence, now }) => {
          if ("refusal" in taken) return;
          for (const one of earlier) expect(takenNumber(one, fence, now)).to.have.property("refusal");
          expect(takenNumber(attempt, fence, now)).to.deep.include({ number: fence.number });
          earlier.push(attempt);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps an attempt out that was refused for its clock, once a later one has begun and time has caught up", () => {
    const now = Date.UTC(2026, 0);
    const clock = now + 6 * MINUTE;
    const [early, late] = [
      { number: clock + 1, clock },
      { number: clock + 2, clock: now + MINUTE },
    ];
    const taken = takenNumber(late, { number: now, attempt: now }, now + MINUTE);
    const fence = { number: "number" in taken ? taken.number : 0, attempt: late.number };
    expect(takenNumber(early, fence, now + 3 * MINUTE)).to.have.property("refusal");
  });

  it("never is more than five minutes ahead of the database's clock", () => {
    fc.assert(
      fc.property(attempts, (list) => {
        follow(list, ({ taken, now }) => {
          if ("number" in taken) expect(taken.number).to.be.at.most(now + 5 * MINUTE + list.length);
        });
      }),
    );
  });
});

interface Seen {
  readonly off: number;
  readonly attempt: Attempt;
  readonly taken: ReturnType<typeof takenNumber>;
  /** The fence afterwards. */
  readonly fence: Fence;
  readonly now: number;
}

/** What the program makes of a machine's clock and of the number of the attempt before. */
const numberAfter = (clock: number, before: number): number =>
  attemptMark(false, [{ attempt: "before", number: before }, null], { attempt: "now", clock }).number ?? 0;

/** Each attempt is entered in the state, then begins to work. */
function follow(list: readonly { off: number; later: number }[], see: (seen: Seen) => void): void {
  let now = Date.UTC(2026, 0);
  let fence: Fence = { number: now, attempt: now };
  let entered = now;
  for (const { off, later } of list) {
    now += later;
    const clock = now + off;
    entered = numberAfter(clock, entered);
    const attempt = { number: entered, clock };
    const taken = takenNumber(attempt, fence, now);
    if ("number" in taken) fence = { number: taken.number, attempt: attempt.number };
    see({ off, attempt, taken, fence, now });
  }
}
