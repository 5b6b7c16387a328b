import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

describe("migrate, when others hold what it needs", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(
      renaming({
        "expand.sql":
          "ALTER TABLE item ADD COLUMN new_name text; CREATE INDEX CONCURRENTLY item_note ON item (note);",
      }),
    );
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 100) AS i");
  });

  afterEach(() => bench.end());

  it("gives way to everybody within a moment, says who is in the way, and completes afterwards", async () => {
    await bench.query(`GRANT pg_read_all_stats TO ${bench.database.roles.migrator}`);
    const holder = await bench.old();
    await holder.query("BEGIN");
    await holder.query("SELECT count(*) FROM item");
    const running = bench.run({ goal: "expanded", ...RELEASE });
    await eventually(() => bench.lines.find((line) => line.includes("waiting for")));

    const other = await bench.new();
    let longest = 0;
    for (const until = Date.now() + 1500; Date.now() < until;) {
      const begun = performance.now();
      await other.query("UPDATE item SET note = 'x' WHERE id = 5");
      longest = Math.max(longest, performance.now() - begun);
    }
    await holder.query("COMMIT");
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect(longest).to.be.lessThan(800);
    const line = bench.lines.find((each) => each.includes("waiting for"));
    expect(line).to.match(
      /Alter item: add column new_name: waiting for pid \d+, \w+_blue, old version, idle in transaction for \d+ s, in a transaction for \d+ s, SELECT( \(query id -?\d+\))?, with a lock on public\.item/,
    );
    expect(result.facts?.["lockTimeouts"]).to.be.greaterThan(0);
  });

  it("ends at its deadline when the table is never to be had, naming who holds it, and completes when repeated", async () => {
    const holder = await bench.old();
    await holder.query("BEGIN");
    await holder.query("SELECT count(*) FROM item");
    const reason = await bench.refused({ goal: "expanded", ...RELEASE, deadlineSeconds: 2 });
    expect(reason).to.match(
      /^(Cannot alter item: add column new_name as others held the table for the whole time: pid \d+|Stopped before reaching expanded as the deadline of 2 s is over)/,
    );
    await holder.query("COMMIT");
    await bench.reach("expanded", RELEASE);
  });

  it("lets nobody wait behind it for longer than its lock timeout, in expand as in contract, whoever holds the table", async () => {
    const { blue } = bench.database.roles;
    for (const parts of [
      { goal: "expanded", ...RELEASE },
      { goal: "filled", ...RELEASE },
      { goal: "contracted", ...RELEASE, vacate: blue },
    ] as const) {
      const holder = await bench.new();
      await holder.query("BEGIN; SELECT count(*) FROM item");
      const watcher = await bench.database.connect("postgres");
      let isOver = false;
      let longest = 0;
      const looking = (async () => {
        while (!isOver) {
          const { rows } = await watcher.query<{ longest: number | null }>(
            "SELECT extract(epoch FROM max(clock_timestamp() - waitstart))::float8 * 1000 AS longest FROM pg_locks WHERE NOT granted AND locktype = 'relation'",
          );
          longest = Math.max(longest, rows[0]?.longest ?? 0);
        }
      })();
      const lines = bench.lines.length;
      const running = bench.run(parts);
      if (parts.goal !== "filled") {
        await eventually(
          () => bench.lines.slice(lines).filter((line) => line.includes("waiting for")).length > 0,
        );
        await eventually(() => longest > 250);
      }
      await holder.query("COMMIT");
      const result = await running;
      isOver = true;
      await looking;
      expect(result.ok, result.summary).to.equal(true);
      // What is granted late is granted by a server that had no processor for it; the benchmark
      // measures it on a quiet one.
      expect(longest, parts.goal).to.be.lessThan(300 + 500);
      await bench.database.disconnect();
    }
  });

  it("says who holds a row that the backfill needs, also when it has to give up", async () => {
    await bench.query(`GRANT pg_read_all_stats TO ${bench.database.roles.migrator}`);
    await bench.reach("expanded", RELEASE);
    const holder = await bench.old();
    await holder.query("BEGIN; UPDATE item SET note = 'held' WHERE id = 50");
    const reason = await bench.stopped({ goal: "filled", ...RELEASE }, /waiting for pid/);
    expect(reason).to.match(
      /^Stopped before reaching filled as the Job was told to stop; it was waiting for pid \d+, \w+_blue, old version, idle in transaction for \d+ s/,
    );
    expect(
      bench.lines.some((line) => /^Fill new_name of item: waiting for pid \d+, \w+_blue/.test(line)),
    ).to.equal(true);
    await holder.query("COMMIT");
    await bench.reach("filled", RELEASE);
  });

  it("waits for a runner that is still at work, and names it", async () => {
    const other = await bench.database.connect(bench.database.roles.migrator, "another runner");
    await other.query("SELECT pg_advisory_lock(1514426221, 1886547310)");
    const running = bench.run({ goal: "expanded", ...RELEASE });
    await eventually(() =>
      bench.lines.find((line) => /Waiting for another runner to end: pid \d+, another runner as/.test(line)),
    );
    await other.query("SELECT pg_advisory_unlock_all()");
    expect((await running).ok).to.equal(true);
  });

  it("does not make an index build of the other runner wait for it", async () => {
    const reader = await bench.old();
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM pg_class");
    const first = bench.run({ goal: "expanded", ...RELEASE });
    await eventually(() => bench.lines.find((line) => line.includes("Build index item_note")));
    const second = bench.run({ goal: "expanded", ...RELEASE });
    await eventually(() => bench.lines.find((line) => line.includes("another runner")));
    await reader.query("COMMIT");
    expect((await first).ok).to.equal(true);
    expect((await second).ok).to.equal(true);
  });

  it("refuses to work with an older number than the newest", async () => {
    await bench.reach("expanded", { ...RELEASE, number: 5000 });
    const reason = await bench.refused({ goal: "filled", ...RELEASE, number: 4999 });
    expect(reason).to.match(
      /^Cannot go on as a newer attempt has worked on this database: ours is number 4999 \(.*?\), the newest number 5000 /,
    );
    await bench.reach("filled", { ...RELEASE, number: 5000 });
  });

  it("writes nothing more once a newer runner has worked there, in the middle of a backfill", async () => {
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(101, 5000) AS i");
    await bench.reach("expanded", RELEASE);
    let taking: Promise<unknown> | undefined;
    const result = await bench.run(
      { goal: "filled", ...RELEASE },
      {
        observe: (moment, text) => {
          if (moment === "after" && text.startsWith("UPDATE")) {
            taking ??= bench.query("UPDATE zero_downtime.fence SET number = 1000000");
          }
        },
      },
    );
    await taking;
    expect(result.summary).to.match(
      /^Cannot go on as a newer attempt has worked on this database: ours is number \d+ \(.*?\), the newest number 1000000 /,
    );
    const [left] = await bench.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM item WHERE new_name IS NULL",
    );
    expect(left?.n).to.be.greaterThan(4_000);
  });

  it("replaces an index that an interrupted build left invalid", async () => {
    const reader = await bench.old();
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM item");
    await bench.query("UPDATE item SET note = 'x'");
    await reader.query("COMMIT");
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM pg_class");
    const running = bench.run({ goal: "expanded", ...RELEASE });
    const [builder] = await eventually(
      () =>
        bench.query<{ pid: number }>(
          "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'",
        ),
      (rows) => rows.length > 0,
    );
    // A cancel is final for this run; what it leaves is what a killed runner leaves.
    await bench.query("SELECT pg_cancel_backend($1)", [builder?.pid]);
    expect((await running).ok).to.equal(false);
    await reader.query("COMMIT");
    const [left] = await bench.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 'item_note'::regclass",
    );
    expect(left).to.deep.equal({ indisvalid: false });
    await bench.reach("expanded", RELEASE);
    const [made] = await bench.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 'item_note'::regclass",
    );
    expect(made).to.deep.equal({ indisvalid: true });
    expect(bench.lines).to.include("Drop index item_note, which an interrupted attempt left invalid");
  });

  it("stops when it is told to, in the middle of a long statement, and goes on when repeated", async () => {
    const reader = await bench.old();
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM pg_class");
    const stop = new AbortController();
    const running = bench.run({ goal: "expanded", ...RELEASE }, { signal: stop.signal });
    await eventually(() => bench.lines.find((line) => line.includes("Build index item_note")));
    stop.abort();
    const result = await running;
    expect(result.summary).to.equal(
      "Stopped before reaching expanded as the Job was told to stop. What is done stands; repeat the stage and it goes on from there",
    );
    await reader.query("COMMIT");
    await bench.reach("expanded", RELEASE);
  });

  it("goes on with a new connection when the server ends the old one", async () => {
    const reader = await bench.old();
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM pg_class");
    const running = bench.run({ goal: "expanded", ...RELEASE });
    await eventually(() => bench.lines.find((line) => line.includes("Build index item_note")));
    await bench.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'zero-downtime migrate%'",
    );
    await reader.query("COMMIT");
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect(bench.lines.some((line) => line.startsWith("The connection broke"))).to.equal(true);
  });
});
