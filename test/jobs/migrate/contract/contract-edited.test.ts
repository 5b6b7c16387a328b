import { expect } from "chai";
import { eventually } from "../../../support/eventually.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const TABLE = `CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, size int);
CREATE TABLE setting (id int PRIMARY KEY);`;
const FIRST = `ALTER TABLE setting ADD COLUMN more int;
ALTER TABLE item DROP COLUMN old_name;
ALTER TABLE item ADD CONSTRAINT sized CHECK (size > 0) NOT VALID;`;
const VALIDATE = "ALTER TABLE item VALIDATE CONSTRAINT sized;";
const UNIQUE = "CREATE UNIQUE INDEX CONCURRENTLY item_size ON item (size);";
const LAST = "ALTER TABLE item DROP COLUMN note;";

const folder = (...contract: readonly string[]) => renaming({ "contract.sql": contract.join("\n") }, TABLE);

describe("a contract that has begun to drop, and is refused then", function () {
  this.timeout(120_000);

  it("goes on with statements that were edited since, and only those", async () => {
    const bench = await failed(VALIDATE, /contract\.sql:4 \(ALTER TABLE item VALIDATE CONSTRAINT sized\): /);
    const { roles } = bench.database;
    const contracting = { ...RELEASE, goal: "contracted", vacate: roles.blue } as const;
    const refused = (...contract: readonly string[]) =>
      bench.refused(contracting, { migrations: folder(...contract) });
    try {
      expect(await refused(FIRST, "ALTER TABLE item DROP COLUMN size;", LAST)).to.match(
        /its edited contract\.sql drops column size of item, which it did not/,
      );
      expect(await refused(FIRST, "DROP INDEX setting_pkey;", LAST)).to.match(/\(drop-index\)/);
      // What has run is not run in another form.
      expect(await refused(FIRST.replace("more int", "more text"), LAST)).to.match(
        /VALIDATE CONSTRAINT sized/,
      );
      const mended = folder(FIRST, "ALTER TABLE item DROP CONSTRAINT sized;", LAST);
      const result = await bench.run(contracting, { migrations: mended });
      expect(result.ok, result.summary).to.equal(true);
      expect(await bench.query("SELECT * FROM item ORDER BY id")).to.deep.equal([
        { id: 1, size: -1, new_name: "a" },
        { id: 2, size: -1, new_name: "b" },
      ]);
      expect(await bench.query("SELECT conname FROM pg_constraint WHERE conname = 'sized'")).to.deep.equal(
        [],
      );
      const [ledger] = await bench.query(
        "SELECT state, files->>'contract.sql' AS text FROM zero_downtime.migration WHERE id = '0002-change'",
      );
      expect(ledger).to.deep.equal({ state: "finished", text: mended["0002-change"]?.["contract.sql"] });
    } finally {
      await bench.end();
    }
  });

  it("goes on after a second edit, and leaves no index behind that could not be built", async () => {
    const bench = await failed(UNIQUE, /contract\.sql:4 \(CREATE UNIQUE INDEX CONCURRENTLY item_size/);
    const contracting = { ...RELEASE, goal: "contracted", vacate: bench.database.roles.blue } as const;
    try {
      const more = "ALTER TABLE item ADD COLUMN extra int;";
      const reason = await bench.refused(contracting, { migrations: folder(FIRST, more, VALIDATE, LAST) });
      expect(reason).to.match(/contract\.sql:5 \(ALTER TABLE item VALIDATE/);
      const result = await bench.run(contracting, { migrations: folder(FIRST, more, LAST) });
      expect(result.ok, result.summary).to.equal(true);
      const indexes = await bench.query(
        "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'item'::regclass",
      );
      expect(indexes).to.deep.equal([{ name: "item_pkey" }]);
      const [row] = await bench.query("SELECT * FROM item WHERE id = 1");
      expect(row).to.deep.equal({ id: 1, size: -1, new_name: "a", extra: null });
    } finally {
      await bench.end();
    }
  });
});

/**
 * A contract whose second group PostgreSQL refuses for rows written since its trial, which did not
 * reach it: a table that it begins with is in use.
 */
async function failed(second: string, reason: RegExp): Promise<ReleaseBench> {
  const bench = await ReleaseBench.create(folder(FIRST, second, LAST));
  await bench.reach("base", { to: RELEASE.from, first: true });
  await bench.query("INSERT INTO item VALUES (1, 'a', 'n', 1), (2, 'b', NULL, 2)");
  await bench.reach("filled", RELEASE);
  const reader = await bench.new();
  await reader.query("BEGIN; SELECT FROM setting");
  const refusal = bench.refused({ goal: "contracted", ...RELEASE, vacate: bench.database.roles.blue });
  const untried = () => bench.lines.filter((line) => line.startsWith("Could not try")).length;
  await eventually(untried, (times) => times === 2);
  await bench.query("UPDATE item SET size = -1");
  await reader.query("COMMIT");
  expect(await refusal).to.match(/^Cannot finish the contract of 0002-change as PostgreSQL refuses /);
  expect(await refusal).to.match(reason);
  return bench;
}
