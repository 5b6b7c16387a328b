import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const same = (name: string, type: string) =>
  `CREATE FUNCTION ${name}(v ${type}) RETURNS ${type} LANGUAGE sql IMMUTABLE RETURN v;`;

/**
 * One table from which columns go to two others while a third one is renamed in place; names that
 * need quotes, and a key of two columns.
 */
const FOLDER: Folder = {
  "0001-order": {
    "migration.yaml": "description: Orders.",
    "expand.sql": `CREATE TABLE "Order ""x""" (shop uuid, "the no" text, label text NOT NULL, "select" text, weight numeric(8, 2), PRIMARY KEY (shop, "the no"));`,
  },
  "0002-two": {
    "migration.yaml": `description: Two mappings of one table.
mappings:
  - { table: 'Order "x"', key: [shop, the no], old: label, new: { title: required }, toNew: one, toOld: other }
  - { table: 'Order "x"', key: [shop, the no], old: select, newTable: { name: from "now" on, key: [its shop, its no] }, new: { select: optional }, toNew: there, toOld: back }
`,
    "expand.sql": `ALTER TABLE "Order ""x""" ADD COLUMN title text;
CREATE TABLE "from ""now"" on" ("select" text, "its no" text, "its shop" uuid, PRIMARY KEY ("its shop", "its no"), FOREIGN KEY ("its shop", "its no") REFERENCES "Order ""x""" ON UPDATE CASCADE ON DELETE CASCADE);
CREATE INDEX CONCURRENTLY by_select ON "from ""now"" on" ("select");`,
    "sync.sql": `${same("one", "text")} ${same("other", "text")} ${same("there", "text")} ${same("back", "text")}`,
    "contract.sql": `ALTER TABLE "Order ""x""" DROP COLUMN label; ALTER TABLE "Order ""x""" DROP COLUMN "select";`,
  },
  "0003-weight": {
    "migration.yaml": `description: One more.
mappings:
  - { table: 'Order "x"', key: [shop, the no], old: weight, newTable: { name: parcel, key: [shop, no] }, new: { weight: required }, toNew: there, toOld: back }
`,
    "expand.sql": `CREATE TABLE parcel (shop uuid, no text, weight numeric(8, 2) NOT NULL, PRIMARY KEY (shop, no), FOREIGN KEY (shop, no) REFERENCES "Order ""x""" ON DELETE CASCADE);`,
    "sync.sql": `${same("there", "numeric")} ${same("back", "numeric")}`,
    "contract.sql": `ALTER TABLE "Order ""x""" DROP COLUMN weight;`,
  },
};

const RELEASE = { from: "0001-order", to: "0003-weight" };
const BACK = { from: RELEASE.to, to: RELEASE.from };

describe("several mappings of one table, two of them to tables of their own", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  const orders = () => bench.query(`SELECT * FROM "Order ""x""" ORDER BY shop, "the no"`);

  before(async () => {
    bench = await ReleaseBench.create(FOLDER);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(
      `INSERT INTO "Order ""x""" SELECT md5((i % 3)::text)::uuid, 'n''"\\ ' || i, 'l' || i, CASE WHEN i % 2 = 0 THEN 's' || i END, CASE WHEN i % 5 > 0 THEN i / 7.0 END FROM generate_series(1, 400) AS i`,
    );
  });

  after(() => bench.end());

  it("are undone without a trace", async () => {
    const [before, dump] = [await orders(), await schemaDump(bench.database)];
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    await bench.reach("base", { from: RELEASE.from, to: RELEASE.from, vacate: bench.database.roles.green });
    expect(await orders()).to.deep.equal(before);
    expect(await schemaDump(bench.database)).to.equal(dump);
  });

  it("carry over what one statement writes, each to its place", async () => {
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    const old = await bench.old();
    await old.query(
      `UPDATE "Order ""x""" SET label = 'new', "select" = 'chosen', weight = 1.5 WHERE "the no" LIKE '% 7'`,
    );
    const fresh = await bench.new();
    await fresh.query(`UPDATE "Order ""x""" SET title = 'newer' WHERE "the no" LIKE '% 8'`);
    await fresh.query(`UPDATE "from ""now"" on" SET "select" = 'taken' WHERE "its no" LIKE '% 8'`);
    await fresh.query(`DELETE FROM parcel WHERE no LIKE '% 8'`);
    const found = await bench.query(
      `SELECT label, title, t."select", o."select" AS moved, t.weight, p.weight AS parcel FROM "Order ""x""" AS t LEFT JOIN "from ""now"" on" AS o ON ("its shop", "its no") = (t.shop, "the no") LEFT JOIN parcel AS p ON (p.shop, p.no) = (t.shop, "the no") WHERE "the no" ~ ' [78]$' ORDER BY "the no"`,
    );
    expect(found).to.deep.equal([
      { label: "new", title: "new", select: "chosen", moved: "chosen", weight: "1.50", parcel: "1.50" },
      { label: "newer", title: "newer", select: "taken", moved: "taken", weight: null, parcel: null },
    ]);
  });

  it("are contracted together, taken back together, and released again", async () => {
    const { blue, green } = bench.database.roles;
    const both = await orders();
    await bench.database.disconnect();
    await bench.reach("verified", RELEASE);
    await bench.reach("contracted", { ...RELEASE, vacate: blue });
    expect(await schemaDump(bench.database)).not.to.match(/^(trigger|function)/m);
    await bench.reach("expanded", BACK);
    await bench.reach("filled", BACK);
    expect(await orders()).to.have.deep.members(both);
    const fresh = await bench.new();
    await fresh.query(
      `INSERT INTO parcel SELECT shop, "the no", 9 FROM "Order ""x""" WHERE "the no" LIKE '% 8'`,
    );
    await bench.reach("verified", BACK);
    await bench.database.disconnect();
    await bench.reach("contracted", { ...BACK, vacate: green });
    expect(await schemaDump(bench.database)).not.to.match(/^(trigger|function)|parcel.*PRIMARY/m);
    const [row] = await bench.query(
      `SELECT label, "select", weight FROM "Order ""x""" WHERE "the no" LIKE '% 8'`,
    );
    expect(row).to.deep.equal({ label: "newer", select: "taken", weight: "9.00" });
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  });

  it("do not let a later migration of the same release move what an earlier one has just moved", async () => {
    const later = {
      ...FOLDER,
      "0003-weight": {
        ...FOLDER["0003-weight"],
        "migration.yaml":
          FOLDER["0003-weight"]?.["migration.yaml"]?.replace("old: weight", "old: select") ?? "",
        "contract.sql": `ALTER TABLE "Order ""x""" DROP COLUMN "select";`,
      },
    };
    const other = await ReleaseBench.create(later);
    try {
      await other.reach("base", { to: RELEASE.from, first: true });
      expect(await other.refused({ goal: "expanded", ...RELEASE })).to.match(
        /Order "x"\.select is mapped by 0002-two too, which is not finished and will drop it/,
      );
    } finally {
      await other.end();
    }
  });
});
