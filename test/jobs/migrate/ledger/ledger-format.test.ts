import { expect } from "chai";
import type { Goal } from "../../../../protocol/jobs/migrate-settings.ts";
import { asFirstLedger } from "../../../support/postgres/first-ledger.ts";
import { Killed } from "../../../support/postgres/kill-sweep.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";

/** One Job: its goal, between which migrations, and the colour that must have left. */
interface Work {
  readonly goal: Goal;
  readonly from: string;
  readonly to: string;
  readonly vacate?: "blue" | "green";
}

const WAY = { from: OLD, to: NEW };
const BACK = { from: NEW, to: OLD };
const EXPAND: Work = { goal: "expanded", ...WAY };
const FILL: Work = { goal: "filled", ...WAY };
const CONTRACT: Work = { goal: "contracted", ...WAY, vacate: "blue" };
const ABORT: Work = { goal: "base", from: OLD, to: OLD, vacate: "green" };
const STABLE: Work = { goal: "base", from: NEW, to: NEW, vacate: "blue" };
const TAKE_BACK: readonly Work[] = [
  { goal: "expanded", ...BACK },
  { goal: "filled", ...BACK },
  { goal: "contracted", ...BACK, vacate: "green" },
];

/** Where a release was when the program became another version. */
interface Point {
  /** What the ledger said of the newest migration. */
  readonly state: string | undefined;
  /** What the version before did. */
  readonly before: readonly Work[];
  /** The statement before which the last of that was killed; none: it went through. */
  readonly killedAt?: RegExp;
  /** It was killed only after the transaction of that statement. */
  readonly isCommitted?: boolean;
  /** What today's version goes on with. */
  readonly after: readonly Work[];
}

const POINTS: Readonly<Record<string, Point>> = {
  "before a release": { state: undefined, before: [], after: [EXPAND, FILL, CONTRACT, STABLE] },
  expanding: {
    state: "expanding",
    before: [EXPAND],
    killedAt: /CREATE OR REPLACE FUNCTION/,
    after: [EXPAND, FILL, CONTRACT],
  },
  "expanding, given up": {
    state: "expanding",
    before: [EXPAND],
    killedAt: /CREATE OR REPLACE FUNCTION/,
    after: [ABORT],
  },
  expanded: { state: "expanded", before: [EXPAND], after: [FILL, CONTRACT] },
  "expanded, given up": { state: "expanded", before: [EXPAND], after: [ABORT] },
  "half filled": {
    state: "expanded",
    before: [EXPAND, FILL],
    killedAt: /VALIDATE CONSTRAINT/,
    after: [FILL, CONTRACT],
  },
  filled: { state: "filled", before: [EXPAND, FILL], after: [CONTRACT, STABLE] },
  "filled, given up": { state: "filled", before: [EXPAND, FILL], after: [ABORT] },
  contracting: {
    state: "contracting",
    before: [EXPAND, FILL, CONTRACT],
    killedAt: /DROP COLUMN/,
    isCommitted: true,
    after: [CONTRACT, STABLE],
  },
  finished: { state: "finished", before: [EXPAND, FILL, CONTRACT], after: [STABLE] },
  "finished, taken back": { state: "finished", before: [EXPAND, FILL, CONTRACT], after: TAKE_BACK },
  "on the way back": {
    state: "finished",
    before: [EXPAND, FILL, CONTRACT, ...TAKE_BACK.slice(0, 2)],
    after: TAKE_BACK.slice(2),
  },
};

describe("migrate, on a ledger that an older version of the program made", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;
  let template: string;

  before(async () => {
    bench = await ReleaseBench.create();
    template = `${bench.database.name}_base`;
    await bench.reach("base", { to: OLD, first: true });
    await bench.query(
      "INSERT INTO address (name, street) SELECT 'row ' || i, 'Street ' || i FROM generate_series(1, 50) AS i",
    );
    await bench.database.saveAs(template);
  });

  after(() => bench.end(template));

  const parts = ({ vacate, ...work }: Work) => ({
    ...work,
    vacate: vacate === undefined ? null : bench.database.roles[vacate],
  });

  async function doAll(jobs: readonly Work[]): Promise<void> {
    for (const work of jobs) await bench.reach(work.goal, parts(work));
  }

  async function doBefore({ before, killedAt, isCommitted = false, state }: Point): Promise<void> {
    await bench.database.resetTo(template);
    const last = before.at(-1);
    await doAll(killedAt === undefined ? before : before.slice(0, -1));
    if (killedAt !== undefined && last !== undefined) {
      let isSeen = false;
      const result = await bench.run(parts(last), {
        observe: (moment, text) => {
          isSeen ||= moment === "before" && killedAt.test(text);
          // It was only tried.
          if (/^ROLLBACK/.test(text)) isSeen = false;
          const isOver = !isCommitted || (moment === "after" && text === "COMMIT");
          if (isSeen && isOver) throw new Killed("killed");
        },
      });
      expect(result.ok).to.equal(false);
    }
    const rows = await bench.query("SELECT state FROM zero_downtime.migration WHERE id = $1", [NEW]);
    expect(rows[0]?.["state"]).to.equal(state);
  }

  for (const [title, point] of Object.entries(POINTS)) {
    it(`goes on to the same end: ${title}`, async () => {
      await doBefore(point);
      await doAll(point.after);
      const wanted = await schemaDump(bench.database);
      await doBefore(point);
      await asFirstLedger(bench.database);
      await doAll(point.after);
      expect(await schemaDump(bench.database)).to.equal(wanted);
    });
  }

  it("leaves it as it is where a Job only looks", async () => {
    await bench.database.resetTo(template);
    await asFirstLedger(bench.database);
    const before = await schemaDump(bench.database);
    await bench.reach("recognised", { stage: "backfill", from: OLD, to: OLD });
    await bench.reach("vacated", { vacate: bench.database.roles.green });
    expect(await schemaDump(bench.database)).to.equal(before);
  });

  it("brings it up to date as soon as somebody who only reads it is gone", async () => {
    await bench.database.resetTo(template);
    await asFirstLedger(bench.database);
    const reader = await bench.database.connect(bench.database.roles.migrator, "a report");
    await reader.query("BEGIN");
    await reader.query("LOCK TABLE zero_downtime.fence, zero_downtime.migration IN ACCESS SHARE MODE");
    await bench.reach("expanded", EXPAND);
    await reader.query("COMMIT");
  });

  it("lets an older Job work on a newer ledger", async () => {
    await bench.database.resetTo(template);
    await bench.query("CREATE TABLE zero_downtime.of_a_later_version (single boolean DEFAULT true)");
    await bench.query("INSERT INTO zero_downtime.upgrade (format) VALUES (1000)");
    await doAll([EXPAND, FILL, CONTRACT, STABLE]);
  });
});
