import { expect } from "chai";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

describe("a new table that has a row for every row of the old one", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;
  const release = { from: "0001-item", to: "0002-stock" };

  before(async () => {
    bench = await ReleaseBench.create({
      "0001-item": {
        "migration.yaml": "description: Items.",
        "expand.sql":
          "CREATE TABLE item (shop int, code text, name text, stock int NOT NULL DEFAULT 0, PRIMARY KEY (shop, code));",
      },
      "0002-stock": {
        "migration.yaml":
          "description: Stock.\nmappings:\n  - { table: item, key: [shop, code], old: stock, newTable: { name: item_stock, key: [at, item] }, new: { amount: required }, toNew: same, toOld: back }\n",
        "expand.sql":
          "CREATE TABLE item_stock (item text, at int, amount bigint NOT NULL, PRIMARY KEY (at, item), FOREIGN KEY (at, item) REFERENCES item (shop, code) ON DELETE CASCADE);",
        "sync.sql":
          "CREATE FUNCTION same(v int) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION back(v bigint) RETURNS int LANGUAGE sql IMMUTABLE RETURN coalesce(v, 0);",
        "contract.sql": "ALTER TABLE item DROP COLUMN stock;",
      },
    });
    await bench.reach("base", { to: release.from, first: true });
    await bench.query(
      "INSERT INTO item (shop, code, stock) SELECT i % 3, 'c' || i, i % 5 FROM generate_series(1, 100) AS i",
    );
    await bench.reach("expanded", release);
    await bench.reach("filled", release);
  });

  after(() => bench.end());

  const count = async () =>
    (
      await bench.query(
        "SELECT (SELECT count(*)::int FROM item) AS items, (SELECT count(*)::int FROM item_stock) AS stocks",
      )
    )[0];

  it("is filled with all of them, and gets one for each that the old version inserts", async () => {
    expect(await count()).to.deep.equal({ items: 100, stocks: 100 });
    await (await bench.old()).query("INSERT INTO item (shop, code) VALUES (9, 'old')");
    expect(await count()).to.deep.equal({ items: 101, stocks: 101 });
  });

  it("takes the new version's own row when it comes in the same transaction", async () => {
    const fresh = await bench.new();
    await fresh.query("BEGIN");
    await fresh.query("INSERT INTO item (shop, code) VALUES (9, 'new')");
    await fresh.query("INSERT INTO item_stock VALUES ('new', 9, 7)");
    await fresh.query("COMMIT");
    expect(await count()).to.deep.equal({ items: 102, stocks: 102 });
    expect(await bench.query("SELECT stock FROM item WHERE code = 'new'")).to.deep.equal([{ stock: 7 }]);
  });

  it("may be replaced row by row, and is compared", async () => {
    const fresh = await bench.new();
    await fresh.query("BEGIN");
    await fresh.query("DELETE FROM item_stock WHERE item = 'new'");
    await fresh.query("INSERT INTO item_stock VALUES ('new', 9, 8)");
    await fresh.query("COMMIT");
    expect(await bench.query("SELECT stock FROM item WHERE code = 'new'")).to.deep.equal([{ stock: 8 }]);
    await bench.reach("verified", release);
  });
});
