import { expect } from "chai";
import { eventually } from "../../../support/eventually.ts";
import { Killed } from "../../../support/postgres/kill-sweep.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const ROWS = 70_000;

describe("a large table that is filled in several ranges at once", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;

  before(async () => {
    const migrations = renaming(
      {
        "migration.yaml": `description: Another name.
mappings:
  - { table: item, key: [tenant, code], old: old_name, new: { new_name: required }, toNew: there, toOld: back }
`,
      },
      "CREATE TABLE item (tenant uuid, code text, old_name text NOT NULL, PRIMARY KEY (tenant, code));",
    );
    bench = await ReleaseBench.create(migrations);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(
      `INSERT INTO item SELECT md5((i % 5)::text)::uuid, 'code "' || i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i`,
    );
    await bench.reach("expanded", RELEASE);
    await bench.database.saveAs(`${bench.database.name}_expanded`);
  });

  beforeEach(() => bench.database.resetTo(`${bench.database.name}_expanded`));

  after(() => bench.end(`${bench.database.name}_expanded`));

  const noted = () =>
    bench.query<{ cursor: unknown; rows: number; left: number }>(
      "SELECT cursor, rows::int, (SELECT count(*)::int FROM item WHERE new_name IS NULL) AS left FROM zero_downtime.progress WHERE walk = 'backfill:1'",
    );

  it("has each row filled once, by as many sessions as are asked for", async () => {
    const running = bench.run({ goal: "filled", ...RELEASE, ranges: 3 });
    const sessions = await eventually(
      () =>
        bench.query(
          "SELECT application_name AS name FROM pg_stat_activity WHERE application_name ~ '^zero-downtime migrate filled [0-9]+ range' AND state <> 'idle'",
        ),
      (rows) => rows.length === 2,
    );
    const result = await running;
    expect(sessions).to.have.length(2);
    expect(result.ok, result.summary).to.equal(true);
    expect(result.facts).to.include({ rows: ROWS, checkedRows: ROWS });
    expect(bench.lines.join("\n")).to.match(
      /^Fill new_name of item: 70000 rows in \d+ steps, \d+ rows\/s in 3 ranges at once/m,
    );
    const [progress] = await noted();
    expect(progress).to.include({ rows: ROWS, left: 0 });
    const ranges = progress?.cursor as { at: unknown; until: unknown }[];
    expect(ranges.map(({ at, until }) => JSON.stringify(at) === JSON.stringify(until))).to.deep.equal([
      true,
      true,
      true,
    ]);
  });

  it("goes on where each range was when it was killed, whatever the number of sessions is then", async () => {
    for (const [steps, ranges] of [
      [1, 1],
      [40, 5],
      [90, 2],
    ] as const) {
      await bench.database.resetTo(`${bench.database.name}_expanded`);
      let seen = 0;
      const killed = await bench.run(
        { goal: "filled", ...RELEASE, ranges: 3 },
        {
          observe: (moment, text) => {
            seen += moment === "after" && text.startsWith("UPDATE") ? 1 : 0;
            if (seen >= steps) throw new Killed("killed");
          },
        },
      );
      expect(killed.ok).to.equal(false);
      const [before] = await noted();
      expect(before?.rows, `after ${steps} steps`).to.equal(ROWS - (before?.left ?? 0));
      expect(before?.left).to.be.greaterThan(0);
      const result = await bench.reach("filled", { ...RELEASE, ranges });
      expect(result.facts).to.include({ checkedRows: ROWS });
      expect((await noted())[0]).to.include({ rows: ROWS, left: 0 });
    }
  });

  it("goes on from the ledger where one of its sessions is lost", async () => {
    const running = bench.run({ goal: "filled", ...RELEASE, ranges: 3 });
    await eventually(
      () =>
        bench.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ 'range 3$' AND state = 'active' AND query LIKE 'UPDATE%'",
        ),
      (rows) => rows.length > 0,
    );
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect((await noted())[0]).to.include({ rows: ROWS, left: 0 });
  });

  it("ends the statements of all its sessions as soon as it is told to stop", async () => {
    // A row takes longer than a whole step may.
    await bench.query(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END'",
    );
    await bench.query("CREATE TRIGGER a_slow BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION slow()");
    const sleeping = () =>
      bench.query(
        "SELECT FROM pg_stat_activity WHERE application_name ~ '^zero-downtime migrate' AND wait_event = 'PgSleep'",
      );
    const stop = new AbortController();
    const running = bench.run({ goal: "filled", ...RELEASE, ranges: 3 }, { signal: stop.signal });
    await eventually(sleeping, (rows) => rows.length === 3);
    stop.abort();
    const begun = performance.now();
    const result = await running;
    expect(result.summary).to.match(/^Stopped before reaching filled as the Job was told to stop/);
    expect(await sleeping()).to.deep.equal([]);
    // Long before a step's own limit of two seconds.
    expect(performance.now() - begun).to.be.below(1_500);
    await bench.query("DROP TRIGGER a_slow ON item");
    await bench.reach("filled", { ...RELEASE, ranges: 3 });
    expect((await noted())[0]).to.include({ rows: ROWS, left: 0 });
  });

  it("writes fewer ranges at a time where the server has no more connections, and says so", async () => {
    const { migrator } = bench.database.roles;
    // Of which one writes and one looks at others.
    await bench.query(`ALTER ROLE ${migrator} CONNECTION LIMIT 3`);
    try {
      await bench.reach("filled", { ...RELEASE, ranges: 3 });
    } finally {
      await bench.query(`ALTER ROLE ${migrator} CONNECTION LIMIT -1`);
    }
    expect(bench.lines.join("\n")).to.match(
      /^Writing 2 of 3 ranges at a time, as no more sessions are to be had: .*too many connections for role/m,
    );
    expect((await noted())[0]).to.include({ rows: ROWS, left: 0 });
  });
});
