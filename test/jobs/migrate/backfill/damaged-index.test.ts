import { expect } from "chai";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const REPAIR = /Run REINDEX TABLE CONCURRENTLY "public"\."item", then repeat the stage; nothing was dropped$/;

/**
 * Makes the index of the key one that has no entry for every tenth row, at the places where the
 * rows lie.
 */
const LOSE_ENTRIES = [
  "CREATE TABLE twin (LIKE item INCLUDING ALL)",
  "INSERT INTO twin SELECT * FROM item ORDER BY ctid",
  "DELETE FROM twin WHERE id % 10 = 0",
  "REINDEX TABLE twin",
  `UPDATE pg_class AS c SET relfilenode = o.relfilenode FROM pg_class AS o
    WHERE (c.relname, o.relname) IN (('item_pkey', 'twin_pkey'), ('twin_pkey', 'item_pkey'))`,
];

/**
 * Leaves the index in the order of another collation than it says, as an upgrade of the operating
 * system may.
 */
const CHANGE_ORDER = [
  `UPDATE pg_attribute SET attcollation = '"und-x-icu"'::regcollation WHERE attname = 'id' AND attrelid IN ('item'::regclass, 'item_pkey'::regclass)`,
  `UPDATE pg_index SET indcollation = (SELECT oid::text FROM pg_collation WHERE collname = 'und-x-icu')::oidvector WHERE indexrelid = 'item_pkey'::regclass`,
];

describe("a walk by an index that is damaged", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;

  afterEach(() => bench.end());

  const begin = async (key: string, rows: string) => {
    bench = await ReleaseBench.create(
      renaming(
        {
          "migration.yaml":
            "description: Another name.\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }",
        },
        `CREATE TABLE item (id ${key} PRIMARY KEY, old_name text);`,
      ),
    );
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(`INSERT INTO item ${rows}`);
    await bench.query("VACUUM item");
  };
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await bench.query(statement);
  };

  it("is refused by fill where the index misses rows, and goes on once it is made anew", async () => {
    await begin("int", "SELECT i, 'name ' || i FROM generate_series(1, 2000) AS i");
    await bench.reach("expanded", RELEASE);
    await run(LOSE_ENTRIES);
    const reason = await bench.refused({ goal: "filled", ...RELEASE });
    expect(reason).to.match(
      /^Cannot trust a walk over item as an index of its key \(id\) is damaged: item has 2000 rows, and the index leads to 1800\./,
    );
    expect(reason).to.match(REPAIR);
    await bench.query("REINDEX TABLE item");
    const filled = await bench.reach("filled", RELEASE);
    expect(filled.facts).to.include({ checkedRows: 2000 });
    expect(await bench.query("SELECT count(*)::int AS n FROM item WHERE new_name IS NULL")).to.deep.equal([
      { n: 0 },
    ]);
  });

  it("is refused before contract where entries were lost after the fill, and nothing is dropped", async () => {
    await begin("int", "SELECT i, 'name ' || i FROM generate_series(1, 2000) AS i");
    await bench.reach("filled", RELEASE);
    await bench.query("VACUUM FULL item");
    await run(LOSE_ENTRIES);
    const vacated = { ...RELEASE, vacate: bench.database.roles.blue };
    for (const goal of ["verified", "contracted"] as const)
      expect(await bench.refused({ goal, ...vacated })).to.match(REPAIR);
    await bench.query("REINDEX TABLE item");
    await bench.reach("contracted", vacated);
    expect(
      await bench.query("SELECT count(*)::int AS n FROM zero_downtime.old_0002_change_item"),
    ).to.deep.equal([{ n: 2000 }]);
  });

  it("is refused where the index has the order of another collation, though it has every row", async () => {
    await begin(
      'text COLLATE "C"',
      "SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'B' END || i, 'name ' || i FROM generate_series(1, 2000) AS i",
    );
    await bench.reach("filled", RELEASE);
    await run(CHANGE_ORDER);
    await bench.query("DELETE FROM zero_downtime.definition WHERE kind = 'column'");
    const reason = await bench.refused({ goal: "verified", ...RELEASE });
    expect(reason).to.match(/is damaged: its order breaks at 1 of 2000 rows\./);
    expect(reason).to.match(REPAIR);
    await bench.query("REINDEX TABLE item");
    await bench.reach("verified", RELEASE);
  });

  it("is not suspected while rows are inserted, deleted and given other keys", async () => {
    await begin("int", "SELECT i, 'name ' || i FROM generate_series(1, 3000) AS i");
    await bench.reach("filled", RELEASE);
    const writer = await bench.old();
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await writer.query("INSERT INTO item (id, old_name) VALUES ($1, 'more')", [10_000 + i]);
        await writer.query("UPDATE item SET id = id + 100000 WHERE id = $1", [i + 1]);
        await writer.query("DELETE FROM item WHERE id = $1", [3000 - i]);
      }
    })();
    try {
      for (let round = 0; round < 5; round++) await bench.reach("verified", RELEASE);
    } finally {
      isOver = true;
      await writing;
    }
  });
});
