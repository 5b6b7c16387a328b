import { expect } from "chai";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { schemaDump } from "../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

const ADDITIVE = {
  "migration.yaml": "description: Nothing is mapped.",
  "expand.sql": `
    CREATE TYPE mood AS ENUM ('good', 'bad');
    ALTER TABLE item ADD COLUMN rating int NOT NULL DEFAULT 3, ADD COLUMN mood mood;
    ALTER TABLE item ADD CONSTRAINT item_rating CHECK (rating BETWEEN 1 AND 5) NOT VALID;
    -- allow constraint-in-expand: no version ever wrote that
    ALTER TABLE item ADD CONSTRAINT item_note CHECK (note <> 'forbidden') NOT VALID;
    CREATE INDEX CONCURRENTLY item_by_note ON item (note);
    CREATE TABLE review (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item int REFERENCES item, text text NOT NULL);
    CREATE INDEX review_item ON review (item);
    INSERT INTO review (text) VALUES ('the first');
    COMMENT ON TABLE review IS 'What people think';`,
  "undo.sql": "DROP TYPE IF EXISTS mood;",
  "sync.sql": "",
  "contract.sql":
    "ALTER TABLE item VALIDATE CONSTRAINT item_note; ALTER TABLE item DROP COLUMN old_name; DROP INDEX CONCURRENTLY item_by_note;",
};

describe("a migration without mappings", () => {
  let bench: ReleaseBench;
  let untouched: string;

  before(async () => {
    bench = await ReleaseBench.create(renaming(ADDITIVE));
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item VALUES (1, 'a'), (2, 'b')");
    untouched = await schemaDump(bench.database);
  });

  after(() => bench.end());

  it("adds what expand.sql says, and is filled at once", async () => {
    const expanded = await bench.reach("expanded", RELEASE);
    expect(expanded.facts).to.include({ statements: 11 });
    expect(bench.lines).to.include("Build index item_by_note on item while it is in use");
    const filled = await bench.reach("filled", RELEASE);
    expect(filled.summary).to.equal("Every row is there in both forms: 0 filled now, 0 compared, all agree.");
    await (await bench.old()).query("INSERT INTO item VALUES (3, 'c')");
    await (await bench.new()).query("INSERT INTO review (item, text) VALUES (3, 'fine')");
  });

  it("is taken back, derived from expand.sql and by undo.sql, and keeps what was written", async () => {
    await (await bench.new()).query("UPDATE item SET rating = 5 WHERE id = 2");
    await bench.database.disconnect();
    await bench.reach("base", { from: RELEASE.from, to: RELEASE.from, vacate: bench.database.roles.green });
    expect(
      await bench.query("SELECT id, rating FROM zero_downtime.new_0002_change_item_columns"),
    ).to.deep.equal([{ id: 2, rating: 5 }]);
    const kept = await bench.query(
      "SELECT text FROM zero_downtime.new_0002_change_review_rows ORDER BY text",
    );
    expect(kept).to.deep.equal([{ text: "fine" }, { text: "the first" }]);
    await bench.query(
      "DROP TABLE zero_downtime.new_0002_change_item_columns, zero_downtime.new_0002_change_review_rows",
    );
    expect(await schemaDump(bench.database)).to.equal(untouched);
  });

  it("archives what contract drops without a mapping", async () => {
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
    const kept = await bench.query("SELECT * FROM zero_downtime.old_0002_change_item_columns ORDER BY id");
    expect(kept).to.deep.equal([
      { id: 1, old_name: "a" },
      { id: 2, old_name: "b" },
      { id: 3, old_name: "c" },
    ]);
    const [index] = await bench.query("SELECT to_regclass('item_by_note') AS index");
    expect(index).to.deep.equal({ index: null });
  });
});

describe("migrate, when a migration's files change", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
  });

  afterEach(() => bench.end());

  it("refuses to go on with an expansion that was made by others", async () => {
    await bench.reach("expanded", RELEASE);
    const reason = await bench.refused(
      { goal: "expanded", ...RELEASE },
      {
        migrations: renaming({
          "expand.sql": "ALTER TABLE item ADD COLUMN new_name text, ADD COLUMN more text;",
        }),
      },
    );
    expect(reason).to.match(
      /^Cannot reach expanded as the files of a migration must stay as they were when it began: 0002-change is expanded, and its files were edited since\. Put them back, .* or go back to stable and expand again; nothing was changed\. Then \(-\) and now \(\+\):\n--- 0002-change\/expand\.sql\n\+\+\+ 0002-change\/expand\.sql\n@@ -1,1 \+1,1 @@\n-ALTER TABLE item ADD COLUMN new_name text;\n(\\ No newline at end of file\n)?\+ALTER TABLE item ADD COLUMN new_name text, ADD COLUMN more text;/,
    );
  });

  it("refuses anything new when one that is finished was edited, shows the difference, and changes nothing", async () => {
    const edited = {
      migrations: renaming({}, "CREATE TABLE item (id int PRIMARY KEY, old_name text, note text);\n"),
    };
    for (const parts of [
      { goal: "base", to: RELEASE.from },
      { goal: "expanded", ...RELEASE },
    ] as const) {
      const reason = await bench.refused(parts, edited);
      expect(reason).to.match(
        /the files of a migration must stay as they were when it began: 0001-table is finished, and its files were edited since\. Put them back, and write what you want to change as a new migration; nothing was changed/,
      );
      expect(reason).to.include(
        "-CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text);",
      );
      expect(reason).to.include("+CREATE TABLE item (id int PRIMARY KEY, old_name text, note text);");
    }
    const begun = await bench.query("SELECT id FROM zero_downtime.migration");
    expect(begun).to.deep.equal([{ id: RELEASE.from }]);
  });

  it("lets a release go back, and takes other line ends for the same text", async () => {
    await bench.reach("expanded", RELEASE);
    const edited = { migrations: renaming({}, "CREATE TABLE item (id int PRIMARY KEY);") };
    const back = {
      goal: "base",
      to: RELEASE.from,
      from: RELEASE.from,
      vacate: bench.database.roles.green,
    } as const;
    const result = await bench.run(back, edited);
    expect(result.ok, result.summary).to.equal(true);
    const text = renaming()["0001-table"]?.["expand.sql"] ?? "";
    expect(
      (
        await bench.run(
          { goal: "base", to: RELEASE.from },
          { migrations: renaming({}, text.replaceAll("\n", "\r\n")) },
        )
      ).ok,
    ).to.equal(true);
  });

  it("begins again with the new ones when the expansion had not ended", async () => {
    let creates = 0;
    await bench.run(
      { goal: "expanded", ...RELEASE },
      {
        observe: (moment, text) => {
          if (text.includes(" TRIGGER ") && moment === "before") creates++;
          if (creates > 0) throw new Error("killed");
        },
      },
    );
    const changed = renaming({
      "expand.sql": "ALTER TABLE item ADD COLUMN new_name text, ADD COLUMN more text;",
    });
    const result = await bench.run({ goal: "expanded", ...RELEASE }, { migrations: changed });
    expect(result.ok, result.summary).to.equal(true);
    const [column] = await bench.query(
      "SELECT count(*)::int AS n FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'more'",
    );
    expect(column).to.deep.equal({ n: 1 });
  });

  it("undoes by the ledger's text with an image that does not know the migration", async () => {
    await bench.reach("expanded", RELEASE);
    const { "0001-table": first } = renaming();
    const older = { "0001-table": first ?? {} };
    const result = await bench.run(
      { goal: "base", from: RELEASE.from, to: RELEASE.from, vacate: bench.database.roles.green },
      { migrations: older },
    );
    expect(result.summary).to.equal("The schema is exactly 0001-table: 0002-change taken back.");
  });

  it("refuses every unsafe statement at once, before anything runs", async () => {
    const before = await bench
      .query("SELECT id, state FROM zero_downtime.migration ORDER BY id")
      .catch(() => null);
    const reason = await bench.refused(
      { goal: "expanded", ...RELEASE },
      {
        migrations: renaming({
          "expand.sql":
            "ALTER TABLE item ADD COLUMN new_name text; DROP TABLE item; CREATE INDEX i ON item (note);",
        }),
      },
    );
    expect(reason)
      .to.match(/2 rules are broken, and nothing was changed/)
      .and.to.match(/0002-change: expand\.sql:1: destroys data: .*\(drop-early\)/)
      .and.to.match(/write instead:\n {4}CREATE INDEX CONCURRENTLY i ON item \(note\);/);
    expect(
      await bench.query("SELECT id, state FROM zero_downtime.migration ORDER BY id").catch(() => null),
    ).to.deep.equal(before);
    expect(
      await bench.query("SELECT 1 FROM information_schema.columns WHERE column_name = 'new_name'"),
    ).to.deep.equal([]);
  });

  it("tells everything that cannot be read at once, and touches nothing", async () => {
    const reason = await bench.refused(
      { goal: "expanded", ...RELEASE },
      {
        migrations: renaming({
          "expand.sql": "DROP TABLE item; CREATE INDEX ON item (note);",
          "sync.sql": "SELEC 1",
        }),
      },
    );
    expect(reason).to.match(/rules are broken/);
    expect(reason).to.match(/0002-change: sync\.sql:1: syntax error at or near "SELEC"/);
  });
});

describe("migrate, before it contracts or undoes", () => {
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item VALUES (1, 'a')");
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  });

  afterEach(() => bench.end());

  it("waits for the old login's connections, and names those that remain", async () => {
    await bench.old();
    const parts = { ...RELEASE, vacate: bench.database.roles.blue, deadlineSeconds: 1 };
    const pattern =
      /login \w+_blue must have no connection left: 1 are still there after 1 s: pid \d+, old version/;
    expect(await bench.refused({ goal: "vacated", ...parts })).to.match(pattern);
    expect(await bench.refused({ goal: "contracted", ...parts })).to.match(pattern);
    const [column] = await bench.query(
      "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'old_name'",
    );
    expect(column).to.deep.equal({ attnotnull: true });
    await bench.database.disconnect();
    const result = await bench.reach("vacated", parts);
    expect(result.summary).to.match(/^No connection of \w+_blue is left\.$/);
  });

  it("refuses to contract before a switch, and before the soak is over", async () => {
    const parts = { ...RELEASE, vacate: bench.database.roles.blue, soakSeconds: 3600 };
    expect(await bench.refused({ goal: "contractible", ...parts })).to.match(/the ledger records no switch/);
    await bench.reach("verified", { ...RELEASE, record: "switched" });
    const result = await bench.run({ goal: "contractible", ...parts });
    expect(result.summary).to.match(
      /^Cannot contract yet as the new version must serve for 3600 s: it has for \d+ s, since .*\. Repeat in \d+ s$/,
    );
    expect(result.facts?.["secondsLeft"]).to.be.within(3590, 3600);
    await bench.reach("contractible", { ...parts, soakSeconds: 0 });
  });

  it("does not take an expansion back under the new version's feet", async () => {
    await bench.new();
    const reason = await bench.refused({
      goal: "base",
      to: RELEASE.from,
      vacate: bench.database.roles.green,
      deadlineSeconds: 1,
    });
    expect(reason).to.match(/login \w+_green must have no connection left: 1 are still there/);
    const unnamed = await bench.refused({ goal: "base", to: RELEASE.from });
    expect(unnamed).to.match(/the idle login must have no connection, and "vacate" names none/);
  });

  it("refuses to contract while something else uses what goes, and names it, with everything as it was", async () => {
    await bench.query("CREATE VIEW names AS SELECT id, old_name FROM item");
    const before = await schemaDump(bench.database);
    await bench.reach("verified", { ...RELEASE, record: "switched" });
    const parts = { ...RELEASE, vacate: bench.database.roles.blue };
    for (const goal of ["contractible", "contracted"] as const) {
      expect(await bench.refused({ goal, ...parts })).to.match(
        /^Cannot contract 0002-change as nothing else may use what it drops: rule _RETURN on view (public\.)?names uses old_name of item\./,
      );
    }
    expect(await schemaDump(bench.database)).to.equal(before);
    await bench.query("DROP VIEW names");
    await bench.reach("contracted", parts);
  });

  it("refuses to go back to what a contracted migration has dropped", async () => {
    await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
    const reason = await bench.refused({
      goal: "base",
      to: RELEASE.from,
      vacate: bench.database.roles.green,
    });
    expect(reason).to.match(
      /0002-change has dropped what it replaces: the ledger shows 0001-table finished, 0002-change finished/,
    );
  });
});
