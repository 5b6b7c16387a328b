import { expect } from "chai";
import { eventually } from "../../../support/eventually.ts";
import { launchPostgres, type Server } from "../../../support/postgres/launch-postgres.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";
import { createDatabaseAt } from "../../../support/postgres/test-database.ts";

describe("migrate, when autovacuum is at work on a table", function () {
  this.timeout(120_000);
  let server: Server;
  let bench: ReleaseBench;

  before(async () => {
    server = await launchPostgres({ fsync: "off", autovacuum_naptime: "1s", autovacuum_max_workers: "1" });
    bench = ReleaseBench.on(await createDatabaseAt(server.port, "vacuumed"), renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, repeat('name', 100) FROM generate_series(1, 20000) AS i");
    // A page at a time with a pause after each: it would take many minutes.
    await bench.query(
      "ALTER TABLE item SET (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)",
    );
  });

  after(async () => {
    await bench.end();
    await server.end();
  });

  it("takes the table from it, while nobody who reads or writes waits for longer than the lock timeout", async () => {
    for (const parts of [
      { goal: "expanded", ...RELEASE },
      { goal: "contracted", ...RELEASE, vacate: bench.database.roles.blue },
    ] as const) {
      if (parts.goal === "contracted") await bench.reach("filled", RELEASE);
      await bench.query("UPDATE item SET note = 'dead' WHERE id <= 5000");
      await eventually(
        () => bench.query("SELECT FROM pg_stat_progress_vacuum WHERE relid = 'item'::regclass"),
        (rows) => rows.length === 1,
      );
      const lines = bench.lines.length;
      const writer = await bench.new();
      let longest = 0;
      let isOver = false;
      const writing = (async () => {
        while (!isOver) {
          const begun = performance.now();
          await writer.query("UPDATE item SET note = 'written' WHERE id = 7");
          longest = Math.max(longest, performance.now() - begun);
        }
      })();
      const result = await bench.run(parts);
      isOver = true;
      await writing;
      expect(result.ok, result.summary).to.equal(true);
      expect(bench.lines.slice(lines).join("\n")).to.match(
        /waiting for pid \d+, a process of the server, probably autovacuum/,
      );
      // As long as an attempt, and a little on a busy machine: not the second after which
      // autovacuum gives way.
      expect(longest, parts.goal).to.be.lessThan(300 + 400);
    }
  });
});
