import { expect } from "chai";
import type pg from "pg";
import { LIMITS } from "../../../../protocol/jobs/backfill-limits.ts";
import { literal } from "../../../../schema/sql/sql.ts";
import { eventually } from "../../../support/eventually.ts";
import { connectAsSuperuser, PASSWORD, SUPERUSER } from "../../../support/postgres/launch-postgres.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const STANDBY = "standby_of_item";

/** A fast machine still writes them when it looks at the replica for the second time. */
const ROWS = 100_000;

describe("the backfill, with a replica", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  let admin: pg.Client;
  let subscriber: pg.Client;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(`INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i`);
    await bench.reach("expanded", RELEASE);
    await bench.query("CREATE PUBLICATION all_items FOR TABLE item");
    await bench.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [STANDBY]);
    const { port, name } = bench.database;
    admin = await connectAsSuperuser(port, "postgres");
    await admin.query(`CREATE DATABASE ${STANDBY}`);
    subscriber = await connectAsSuperuser(port, STANDBY);
    await subscriber.query("CREATE TABLE item (id int PRIMARY KEY, old_name text, note text, new_name text)");
    await subscriber.query(`INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i`);
    const connection = `host=127.0.0.1 port=${port} dbname=${name} user=${SUPERUSER} password='${PASSWORD}'`;
    await subscriber.query(
      `CREATE SUBSCRIPTION ${STANDBY} CONNECTION ${literal(connection).text} PUBLICATION all_items WITH (create_slot = false, copy_data = false)`,
    );
    await eventually(
      () => bench.query("SELECT FROM pg_stat_replication WHERE state = 'streaming'"),
      (rows) => rows.length === 1,
    );
  });

  afterEach(async () => {
    await subscriber.query(`ALTER SUBSCRIPTION ${STANDBY} DISABLE`);
    await subscriber.query(`ALTER SUBSCRIPTION ${STANDBY} SET (slot_name = NONE)`);
    await subscriber.query(`DROP SUBSCRIPTION ${STANDBY}`);
    await subscriber.end();
    await admin.query(`DROP DATABASE ${STANDBY} WITH (FORCE)`);
    await admin.end();
    await eventually(
      () => bench.query("SELECT FROM pg_replication_slots WHERE active"),
      (rows) => rows.length === 0,
    );
    await bench.query("SELECT pg_drop_replication_slot($1)", [STANDBY]);
    await bench.end();
  });

  it("waits until the replica has caught up, and names it", async () => {
    await bench.query(`GRANT pg_read_all_stats TO ${bench.database.roles.migrator}`);
    await subscriber.query("BEGIN; LOCK TABLE item");
    const running = bench.run({
      goal: "filled",
      ...RELEASE,
      limits: { ...LIMITS, replicaMebibytes: 0.05, replicaSeconds: 3600 },
      deadlineSeconds: 40,
    });
    const line = await eventually(() => bench.lines.find((text) => text.startsWith("Pausing: ")));
    expect(line).to.match(/^Pausing: replica standby_of_item is [\d.]+ MiB behind \(limit 0\.05 MiB\)$/);
    const [left] = await bench.query("SELECT FROM item WHERE new_name IS NULL LIMIT 1");
    expect(left).not.to.equal(undefined);
    await subscriber.query("COMMIT");
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect(result.facts?.["pauses"]).to.be.greaterThan(0);
  });

  it("says which right it needs to see how far replicas are behind, and waits for none without it", async () => {
    const result = await bench.reach("filled", { ...RELEASE, limits: { ...LIMITS, replicaMebibytes: 1e-6 } });
    expect(result.facts).to.include({ rows: ROWS });
    expect(bench.lines).to.include(
      "Cannot see how far 1 replicas are behind, so nothing waits for them: the migrator needs GRANT pg_read_all_stats",
    );
  });
});
