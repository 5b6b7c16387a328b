import { expect } from "chai";
import { LIMITS } from "../../../../protocol/jobs/backfill-limits.ts";
import { eventually } from "../../../support/eventually.ts";
import { farAway } from "../../../support/postgres/latency-proxy.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

describe("the backfill, when others suffer", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 20000) AS i");
    await bench.reach("expanded", RELEASE);
  });

  afterEach(() => bench.end());

  const unfilled = async () =>
    (await bench.query<{ n: number }>("SELECT count(*)::int AS n FROM item WHERE new_name IS NULL"))[0]?.n;

  it("pauses while sessions wait for locks, says so in log and ledger, and goes on afterwards", async () => {
    await bench.query("CREATE TABLE other (id int PRIMARY KEY)");
    await bench.query("INSERT INTO other VALUES (1)");
    const [holder, ...waiters] = await Promise.all([1, 2, 3].map(() => bench.database.connect("postgres")));
    await holder?.query("BEGIN; UPDATE other SET id = 1");
    // They begin to wait when the first rows are filled.
    let waiting: Promise<unknown> | undefined;
    const stop = new AbortController();
    const running = bench.run(
      { goal: "filled", ...RELEASE, limits: { ...LIMITS, waiting: 1 } },
      {
        signal: stop.signal,
        observe: (moment, text) => {
          if (moment !== "after" || !text.startsWith("UPDATE")) return;
          waiting ??= Promise.all(waiters.map((client) => client.query("UPDATE other SET id = 1")));
          // The backfill of so few rows would be over before anybody has waited for long.
          const until = performance.now() + 30;
          while (performance.now() < until && !bench.lines.some((line) => line.startsWith("Pausing")));
        },
      },
    );
    const reason = "2 sessions wait for locks (limit 1 beyond the 0 before)";
    await eventually(() => bench.lines.find((line) => line === `Pausing: ${reason}`));
    const status = await eventually(
      () => bench.query("SELECT * FROM zero_downtime.status"),
      ([row]) => row?.["paused"] !== null && row !== undefined,
    );
    expect(status[0]).to.include({ walk: "backfill:1", done: false, paused: reason });
    const before = await unfilled();
    expect(before).to.be.greaterThan(0);
    await holder?.query("COMMIT");
    await waiting;
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect(result.facts?.["pauses"]).to.be.greaterThan(0);
    expect(bench.lines.some((line) => /^Going on after a pause of \d+\.\d s$/.test(line))).to.equal(true);
    expect(
      bench.lines.some((line) => /^Fill new_name of item: 20000 rows .* \d+ pauses of/.test(line)),
    ).to.equal(true);
    expect(await unfilled()).to.equal(0);
  });

  it("stops at its deadline with the reason when they never stop suffering, and goes on when repeated", async () => {
    // Nothing is as fast as that.
    const limits = { ...LIMITS, pulseMilliseconds: 1e-6, pulseFactor: 1e-6 };
    const reason = await bench.refused({ goal: "filled", ...RELEASE, limits, deadlineSeconds: 2 });
    expect(reason).to.match(
      /^Stopped before reaching filled as the deadline of 2 s is over; it was pausing, as a write of one row takes [\d.]+ ms \(limit /,
    );
    await bench.reach("filled", RELEASE);
  });

  it("removes dead rows before it makes more, where they have become too many", async () => {
    const result = await bench.reach("filled", {
      ...RELEASE,
      limits: { ...LIMITS, deadRows: 1, deadShare: 0 },
    });
    expect(result.ok).to.equal(true);
    const vacuumed = await eventually(
      () => bench.query("SELECT vacuum_count::int AS n FROM pg_stat_user_tables WHERE relname = 'item'"),
      ([row]) => Number(row?.["n"]) === Number(result.facts?.["vacuums"]),
    );
    expect(vacuumed).to.have.length(1);
    expect(await unfilled()).to.equal(0);
  });

  describe("while others write", () => {
    /** What `work` returns, while somebody writes some of the rows, one after the other. */
    const besideWrites = async <T>(work: () => Promise<T>): Promise<T> => {
      const client = await bench.old();
      let isOver = false;
      const loop = (async () => {
        for (let id = 1; !isOver; id++)
          await client.query("UPDATE item SET note = 'seen' WHERE id = $1", [1 + (id % 20_000)]);
      })();
      try {
        return await work();
      } finally {
        isOver = true;
        await loop;
        await client.end();
      }
    };
    const rests = () => bench.lines.filter((line) => line.startsWith("Others write"));

    it("rests for a sixth of its work while they do not feel it, and makes no words of that", async () => {
      const unfelt = { ...RELEASE, limits: { ...LIMITS, pulseMilliseconds: 1e6 } };
      const result = await besideWrites(() => bench.reach("filled", unfelt));
      expect(rests()).to.have.length(0);
      const { restedSeconds = 0, backfillSeconds = 0 } = result.facts as Record<string, number>;
      // A rest may last longer than the timer was told, so the bound is a wide one.
      expect(restedSeconds).to.be.within(backfillSeconds / 100, backfillSeconds / 3);
      expect(await unfilled()).to.equal(0);
    });

    it("rests longer when they do, and says so", async () => {
      // A disk on which a write takes 300 ms, which is felt from 275 on, and paused for above 550.
      await bench.query(
        "CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END'",
      );
      await bench.query(
        "CREATE TRIGGER slow_disk BEFORE UPDATE ON zero_downtime.pulse FOR EACH ROW EXECUTE FUNCTION slow_disk()",
      );
      const limits = { ...LIMITS, pulseMilliseconds: 550, pulseFactor: 1 };
      const result = await besideWrites(() => bench.reach("filled", { ...RELEASE, limits }));
      expect(rests().join()).to.match(
        /^Others write \d+ times a second, and a write of one row takes [\d.]+ ms \([\d.]+ ms before\): resting longer after each step for as long as that lasts$/,
      );
      expect(result.facts?.["restedSeconds"]).to.be.greaterThan(0);
      expect(bench.lines.join("\n")).to.match(
        /^Fill new_name of item: 20000 rows .* s of rest beside others$/m,
      );
      expect(await unfilled()).to.equal(0);
    });

    it("does as much in a step where the server is far away, and rests for its work only", async function () {
      this.timeout(180_000);
      const slowly = { ...RELEASE, deadlineSeconds: 70 };
      const fill = async () =>
        (await besideWrites(() => bench.reach("filled", slowly))).facts as Record<string, number>;
      const near = await fill();
      await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: bench.database.roles.green });
      await bench.reach("expanded", RELEASE);
      const server = await farAway(bench.database.port, 2);
      // Put back with the other variables at the end.
      process.env["PGPORT"] = String(server.port);
      const far = await fill().finally(() => server.end());
      // A hundred rows are the most for so small a table. Three messages of a step take more than
      // 12 ms, its work hardly one; a machine that is slow takes longer for the work, near and far.
      expect(far["batches"]).to.be.lessThan(Math.max(400, 2 * (near["batches"] ?? Number.NaN)));
      expect(far["batches"]).to.be.lessThan(1_000);
      expect(far["restedSeconds"]).to.be.lessThan((far["backfillSeconds"] ?? Number.NaN) / 2);
      expect(await unfilled()).to.equal(0);
    });

    it("goes on as if it were alone where it may not rest", async () => {
      const unresting = { ...RELEASE, limits: { ...LIMITS, restShare: 0 } };
      const result = await besideWrites(() => bench.reach("filled", unresting));
      expect(rests()).to.have.length(0);
      expect(result.facts?.["restedSeconds"]).to.equal(0);
    });
  });

  it("never rests while it is alone, however many steps it takes itself", async () => {
    const result = await bench.reach("filled", { ...RELEASE, ranges: 2 });
    expect(bench.lines.filter((line) => line.startsWith("Others write"))).to.have.length(0);
    expect(result.facts?.["restedSeconds"]).to.equal(0);
    expect(result.facts?.["batches"]).to.be.greaterThan(100);
  });

  it("leaves its figures where one query shows them", async () => {
    await bench.reach("filled", RELEASE);
    const [row] = await bench.query(
      "SELECT migration, state, walk, done, rows::int AS rows, expected::int AS expected, percent, seconds_left::int AS left, paused, rows_per_second > 0 AS moved FROM zero_downtime.status",
    );
    expect(row).to.deep.equal({
      migration: RELEASE.to,
      state: "filled",
      walk: "backfill:1",
      done: true,
      rows: 20_000,
      expected: 20_000,
      percent: 100,
      left: 0,
      paused: null,
      moved: true,
    });
  });
});
