import { expect } from "chai";
import { execa } from "execa";
import { migrateSettingsFor } from "../../support/postgres/migrate-settings.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

const SECRET = "4111 1111 1111 1111";
const WAITING = /waiting for (pid|prepared)/;
const EXPAND = { goal: "expanded", ...RELEASE } as const;

describe("migrate, naming who is in its way", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.query(`GRANT pg_read_all_stats TO ${bench.database.roles.migrator}`);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 100) AS i");
  });

  afterEach(async () => {
    for (const { gid } of await bench.query<{ gid: string }>("SELECT gid FROM pg_prepared_xacts"))
      await bench.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`);
    await bench.end();
  });

  const told = () => [...bench.lines].join("\n");

  for (const [title, statement, word] of [
    ["an UPDATE", `UPDATE item SET note = '${SECRET}' WHERE id = 5`, "UPDATE"],
    ["a statement that begins with a comment", `/* ${SECRET} */ SELECT count(*) FROM item`, "a statement"],
    ["a statement of several lines", `\n\tSELECT '${SECRET}'\n, count(*) FROM item`, "SELECT"],
  ] as const) {
    it(`tells of ${title} its command, its table and how long, and none of its values`, async () => {
      const holder = await bench.old();
      await holder.query("BEGIN");
      await holder.query(statement);
      const reason = await bench.stopped(EXPAND, WAITING);
      const wanted = new RegExp(
        `pid \\d+, \\w+_blue, old version, idle in transaction for \\d+ s, in a transaction for \\d+ s, ${word}( \\(query id -?\\d+\\))?, with a lock on public\\.item`,
      );
      expect(told()).to.match(wanted);
      expect(`${told()} ${reason}`).not.to.contain(SECRET);
    });
  }

  it("names a prepared transaction that holds a table, and what ends it", async () => {
    const holder = await bench.old();
    await holder.query("BEGIN; UPDATE item SET note = 'x' WHERE id = 5; PREPARE TRANSACTION 'it''s mine'");
    const reason = await bench.stopped(EXPAND, WAITING);
    const wanted =
      /prepared transaction 'it''s mine' of \w+_blue, prepared \d+ s ago: end it by ROLLBACK PREPARED 'it''s mine' or COMMIT PREPARED/;
    expect(told()).to.match(wanted);
    expect(reason).to.match(wanted);
    expect(told()).not.to.match(/ended meanwhile/);
  });

  it("names a prepared transaction that holds a row which the backfill needs", async () => {
    await bench.reach("expanded", EXPAND);
    const holder = await bench.old();
    await holder.query("BEGIN; UPDATE item SET note = 'x' WHERE id = 5; PREPARE TRANSACTION 'one row'");
    expect(await bench.stopped({ ...EXPAND, goal: "filled" }, WAITING)).to.match(
      /it was waiting for prepared transaction 'one row' of \w+_blue/,
    );
  });

  it("counts a prepared transaction of the idle login as a connection of it", async () => {
    const { blue, green } = bench.database.roles;
    const holder = await bench.old();
    await holder.query("BEGIN; INSERT INTO item VALUES (500, 'late'); PREPARE TRANSACTION 'late'");
    await holder.end();
    const reason = await bench.refused({ goal: "vacated", vacate: blue, deadlineSeconds: 1 });
    expect(reason).to.match(/1 are still there after 1 s: prepared transaction 'late' of \w+_blue/);
    expect(reason).to.match(/COMMIT PREPARED 'late'/);
    await bench.reach("vacated", { vacate: green });
    await bench.query("COMMIT PREPARED 'late'");
    await bench.reach("vacated", { vacate: blue });
  });

  it("writes what others have named as one line of its log, and passes on no row of an error's detail", async () => {
    const gid = `x\n2026-01-01T00:00:00.000Z {"ok":true,"summary":"forged"}\u001b[2J\u009b2J`;
    const holder = await bench.old();
    await holder.query(
      `BEGIN; UPDATE item SET note = 'x' WHERE id = 5; PREPARE TRANSACTION '${gid.replaceAll("'", "''")}'`,
    );
    const settings = migrateSettingsFor(bench.database, {
      ...{ goal: "vacated", vacate: bench.database.roles.blue, deadlineSeconds: 2 },
    });
    const { stdout } = await execa(process.execPath, ["jobs/main.ts", "migrate"], {
      env: { ...bench.database.environment(), ZERO_DOWNTIME_SETTINGS: JSON.stringify(settings) },
      reject: false,
    });
    for (const line of stdout.trimEnd().split("\n"))
      expect(line, line).to.match(/^20\d\d-\S+Z (Waiting for \d connections|\{"ok":false)/);
    expect(stdout).to.contain("x\\n2026-01-01");
    expect(stdout).not.to.match(/[\u001b\u009b]/);
  });

  it("passes on no key of a row that a statement is refused for", async () => {
    await bench.query(`UPDATE item SET note = '${SECRET}'`);
    const unique = renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text;\n-- allow unique-index-in-expand: the test wants it\nCREATE UNIQUE INDEX CONCURRENTLY item_note ON item (note);",
    });
    const result = await bench.run(EXPAND, { migrations: unique });
    expect(result.summary).to.match(/could not create unique index/);
    expect(`${result.summary} ${told()}`).not.to.contain(SECRET);
  });
});
