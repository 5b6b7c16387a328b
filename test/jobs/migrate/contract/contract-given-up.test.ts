import { expect } from "chai";
import { killedInContract } from "../../../support/postgres/kill-sweep.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const FOLDER = renaming(
  {
    "contract.sql": `CREATE INDEX CONCURRENTLY item_size ON item (size);
ALTER TABLE item DROP COLUMN old_name, DROP COLUMN note;
CREATE INDEX CONCURRENTLY item_both ON item (id, size);`,
  },
  "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, size int);",
);

describe("a contract that is given up", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(FOLDER);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item VALUES (1, 'a', 'n', 1), (2, 'b', NULL, 2)");
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  });

  afterEach(() => bench.end());

  it("leaves nothing of its own, and archives anew what the old version has written since when it is repeated", async () => {
    await killedAt(/^ALTER TABLE item DROP COLUMN/);
    expect(await made()).to.deep.equal([
      "item_size",
      "old_0002_change_item",
      "old_0002_change_item_columns",
      "old_0002_change_item_pkey",
    ]);
    await bench.reach("undropped", RELEASE);
    expect(await made()).to.deep.equal([]);
    const old = await bench.old();
    await old.query("UPDATE item SET old_name = 'later', note = 'also' WHERE id = 1");
    await old.query("INSERT INTO item (id, old_name) VALUES (3, 'third')");
    await bench.database.disconnect();
    await bench.reach("contracted", contracting());
    const [kept] = await bench.query(
      "SELECT (SELECT jsonb_agg(a.old_name ORDER BY id) FROM zero_downtime.old_0002_change_item AS a) AS names, (SELECT jsonb_agg(a.note ORDER BY id) FROM zero_downtime.old_0002_change_item_columns AS a) AS notes",
    );
    expect(kept).to.deep.equal({ names: ["later", "b", "third"], notes: ["also", null, null] });
  });

  it("leaves nothing behind when it is undone, an index that was left invalid among it", async () => {
    await killedAt(/^ALTER TABLE item DROP COLUMN/);
    await bench.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'item_size'::regclass");
    await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: bench.database.roles.green });
    expect(await made()).to.deep.equal([]);
    const old = await bench.old();
    await old.query("INSERT INTO item (id, old_name) VALUES (3, 'third')");
  });

  it("that others kept from its first statement until the deadline is left like any other", async () => {
    const reader = await bench.new();
    await reader.query("BEGIN; SELECT FROM item");
    const reason = await bench.refused({ ...contracting(), goal: "contracted", deadlineSeconds: 5 });
    expect(reason).to.match(/^Stopped before reaching contracted|Nothing of this statement was done/);
    await reader.query("COMMIT");
    await bench.reach("undropped", RELEASE);
    expect(await made()).to.deep.equal([]);
    await bench.reach("filled", RELEASE);
  });

  it("uses what it has prepared when the same contract.sql is repeated", async () => {
    await killedAt(/^ALTER TABLE item DROP COLUMN/);
    const result = await bench.reach("contracted", contracting());
    expect(result.facts).to.include({ archivedRows: 0 });
    const shapes = await bench.query("SELECT migration FROM zero_downtime.shape ORDER BY 1");
    expect(shapes).to.deep.equal([{ migration: RELEASE.from }, { migration: RELEASE.to }]);
  });

  it("archives what an edited contract.sql drops besides, and builds only what that says", async () => {
    await killedAt(/^ALTER TABLE item DROP COLUMN/);
    const edited = {
      ...FOLDER,
      [RELEASE.to]: {
        ...FOLDER[RELEASE.to],
        "contract.sql": "ALTER TABLE item DROP COLUMN old_name, DROP COLUMN note, DROP COLUMN size;",
      },
    };
    const mended = await bench.run({ goal: "contracted", ...contracting() }, { migrations: edited });
    expect(mended.ok, mended.summary).to.equal(true);
    expect(await made()).to.not.include("item_size");
    expect(
      await bench.query("SELECT note, size FROM zero_downtime.old_0002_change_item_columns ORDER BY id"),
    ).to.deep.equal([
      { note: "n", size: 1 },
      { note: null, size: 2 },
    ]);
  });

  it("is not given up once anything was dropped, and goes on when repeated", async () => {
    await killedAt(/^CREATE INDEX CONCURRENTLY item_both/);
    expect(await bench.refused({ goal: "undropped", ...RELEASE })).to.equal(
      "Cannot go back from contract as it has begun to drop what the other version needs: the ledger shows 0001-table finished, 0002-change contracting. Nothing was changed; repeat contract until it completes",
    );
    await bench.reach("contracted", contracting());
  });

  it("lets the old version write again what gives no value for a required column", async () => {
    const loose = await ReleaseBench.create(
      renaming({}, "CREATE TABLE item (id int PRIMARY KEY, old_name text, note text);"),
    );
    try {
      await loose.reach("base", { to: RELEASE.from, first: true });
      await loose.query("INSERT INTO item VALUES (1, 'a')");
      for (const goal of ["expanded", "filled"] as const) await loose.reach(goal, RELEASE);
      const contract = { ...RELEASE, vacate: loose.database.roles.blue };
      await killedInContract(loose, contract, /^ALTER TABLE item DROP COLUMN/);
      const refused = await loose
        .query("INSERT INTO item (id, old_name) VALUES (2, NULL)")
        .then(() => "", String);
      expect(refused).to.match(/violates (check|not-null) constraint/);
      await loose.reach("undropped", RELEASE);
      const old = await loose.old();
      await old.query("INSERT INTO item (id, old_name) VALUES (2, NULL)");
      await old.query("UPDATE item SET old_name = NULL WHERE id = 1");
      expect(await loose.refused({ goal: "verified", ...RELEASE })).to.match(
        / in 2 of 2 rows, such as those with id 1; 2\./,
      );
      await old.query("UPDATE item SET old_name = 'b'");
      await loose.reach("verified", RELEASE);
      await loose.database.disconnect();
      await loose.reach("contracted", contract);
      expect(await loose.query("SELECT new_name FROM item")).to.deep.equal([
        { new_name: "b" },
        { new_name: "b" },
      ]);
    } finally {
      await loose.end();
    }
  });

  const contracting = () => ({ ...RELEASE, vacate: bench.database.roles.blue });

  const killedAt = (statement: RegExp) => killedInContract(bench, contracting(), statement);

  /** Indexes that contract.sql builds, and archives. */
  async function made(): Promise<readonly unknown[]> {
    const rows = await bench.query(
      "SELECT relname FROM pg_class WHERE relname IN ('item_size', 'item_both') OR (relnamespace = 'zero_downtime'::regnamespace AND relname ~ '^(old|new)_') ORDER BY 1",
    );
    return rows.map((row) => row["relname"]);
  }
});
