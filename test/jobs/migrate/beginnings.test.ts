import { expect } from "chai";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { schemaDump } from "../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

describe("migrate, on a database that it sees for the first time", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
  });

  afterEach(() => bench.end());

  it("installs everything up to the wanted migration on an empty one", async () => {
    const result = await bench.reach("base", { to: "0002-change", first: true });
    expect(result.summary).to.equal("The schema is exactly 0002-change: 0001-table, 0002-change brought in.");
    const columns = await bench.query(
      "SELECT attname FROM pg_attribute WHERE attrelid = 'item'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    );
    expect(columns.map((row) => row["attname"])).to.deep.equal(["id", "note", "new_name"]);
  });

  it("installs an old migration even if its expand.sql would refuse a running version's writes today", async () => {
    const migrations = renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text; CREATE UNIQUE INDEX item_once ON item (note);",
    });
    const installed = await bench.run({ goal: "base", to: RELEASE.to, first: true }, { migrations });
    expect(installed.ok, installed.summary).to.equal(true);
    const other = await ReleaseBench.create(migrations);
    try {
      await other.reach("base", { to: RELEASE.from, first: true });
      expect(await other.refused({ goal: "expanded", ...RELEASE })).to.match(/unique-index-in-expand/);
    } finally {
      await other.end();
    }
  });

  it("lets the application's group use what it installs", async () => {
    await bench.reach("base", { to: "0001-table", first: true });
    const old = await bench.old();
    await old.query("INSERT INTO item VALUES (1, 'a')");
    expect((await old.query("SELECT old_name FROM item")).rows).to.deep.equal([{ old_name: "a" }]);
  });

  it("takes up one whose ledger shows exactly the wanted state", async () => {
    await bench.reach("base", { to: "0001-table", first: true });
    const result = await bench.reach("base", { to: "0001-table", first: true });
    expect(result.summary).to.equal("The schema is exactly 0001-table; nothing had to be done.");
  });

  it("begins without any table for a version that needs none, and releases the first migration from there", async () => {
    const empty = await bench.reach("base", { to: null, first: true });
    expect(empty.summary).to.match(/^The schema is exactly/);
    const first = { from: null, to: "0001-table" };
    for (const goal of ["expanded", "filled"] as const) await bench.reach(goal, first);
    await bench.reach("verified", { ...first, record: "switched" });
    for (const goal of ["contractible", "contracted"] as const) await bench.reach(goal, first);
    const result = await bench.reach("base", { to: "0001-table" });
    expect(result.summary).to.equal("The schema is exactly 0001-table; nothing had to be done.");
    expect(await bench.query("SELECT old_name FROM item")).to.deep.equal([]);
  });

  it("refuses one in the middle of a release, and tells what it shows", async () => {
    await bench.reach("base", { to: "0001-table", first: true });
    await bench.reach("expanded", RELEASE);
    const reason = await bench.refused({
      goal: "base",
      to: "0001-table",
      first: true,
      vacate: bench.database.roles.green,
    });
    expect(reason).to.match(
      /no release is recorded.*the ledger shows 0001-table finished, 0002-change expanded\./,
    );
    const [there] = await bench.query(
      "SELECT count(*)::int AS n FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'new_name'",
    );
    expect(there).to.deep.equal({ n: 1 });
  });

  it("refuses tables without a ledger, and names them", async () => {
    await bench.query("CREATE TABLE something (id int)");
    const reason = await bench.refused({ goal: "base", to: "0001-table", first: true });
    expect(reason).to.match(/it has 1 tables without a ledger \(something\)\. Set database\.baseline/);
    expect(await schemaDump(bench.database)).not.to.contain("zero_downtime");
  });

  it("refuses an empty one when a release is recorded", async () => {
    const reason = await bench.refused({ goal: "base", to: "0001-table" });
    expect(reason).to.match(/^Cannot go on as this database has no ledger although a release is recorded/);
  });

  it("adopts an existing one by its baseline, grants what default privileges do not reach, and releases on it", async () => {
    const { owner, app } = bench.database.roles;
    await bench.query(
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, extra serial)",
    );
    await bench.query("INSERT INTO item VALUES (1, 'a')");
    await bench.query(`ALTER TABLE item OWNER TO ${owner}`);
    await bench.query(`REVOKE ALL ON item FROM ${app}`);
    const result = await bench.reach("base", { to: "0001-table", first: true, baseline: "0001-table" });
    expect(result.summary).to.equal("The schema is exactly 0001-table; nothing had to be done.");
    await (await bench.old()).query("INSERT INTO item VALUES (2, 'b')");
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    expect(await bench.query("SELECT id, new_name FROM item ORDER BY id")).to.deep.equal([
      { id: 1, new_name: "a" },
      { id: 2, new_name: "b" },
    ]);
  });

  it("refuses a baseline that the database does not have, and names what is missing", async () => {
    await bench.query("CREATE TABLE item (id int PRIMARY KEY, old_name text)");
    const reason = await bench.refused({
      goal: "base",
      to: "0001-table",
      first: true,
      baseline: "0001-table",
    });
    expect(reason).to.match(/it must have what 0001-table says: column item\.note is missing/);
    expect(await schemaDump(bench.database)).not.to.contain("zero_downtime");
  });

  it("refuses a baseline that is not the active version's schema", async () => {
    const reason = await bench.refused({
      goal: "base",
      to: "0002-change",
      first: true,
      baseline: "0001-table",
    });
    expect(reason).to.match(
      /database\.baseline must be the active version's schema: it is 0001-table, the schema is 0002-change/,
    );
  });

  it("refuses a migration that neither image nor ledger knows", async () => {
    await bench.reach("base", { to: "0001-table", first: true });
    const reason = await bench.refused({ goal: "expanded", from: "0001-table", to: "0003-later" });
    expect(reason).to.match(
      /migration 0003-later is neither in the image nor in the ledger: the image has 0001-table, 0002-change, the ledger 0001-table/,
    );
  });
});

describe("migrate, with a connection that is not right", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
  });

  afterEach(() => bench.end());

  it("tells a wrong password, and shows none", async () => {
    const password = process.env["PGPASSWORD"];
    process.env["PGPASSWORD"] = "secret guess";
    const reason = await bench.refused({ goal: "base", to: "0001-table", first: true });
    process.env["PGPASSWORD"] = password;
    expect(reason).to.match(
      /^Cannot reach the database at 127\.0\.0\.1:\d+ as the password of login \w+_migrator is wrong/,
    );
    expect(reason).not.to.contain("secret guess");
  });

  it("tells a missing database", async () => {
    process.env["PGDATABASE"] = "nowhere";
    const reason = await bench.refused({ goal: "base", to: "0001-table", first: true });
    expect(reason).to.match(/there is no database nowhere/);
  });

  it("tells a login that may not work as the owner", async () => {
    const reason = await bench.refused({ goal: "base", to: "0001-table", first: true, owner: "pg_monitor" });
    expect(reason).to.match(/is not a member of role "pg_monitor".*Grant it: GRANT "pg_monitor" TO/);
  });
});
