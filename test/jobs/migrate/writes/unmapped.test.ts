import { expect } from "chai";
import { endsTheSameWhereverKilled, ledgerLine } from "../../../support/postgres/kill-sweep.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const BACK = { from: RELEASE.to, to: RELEASE.from };

/** A migration without mappings. */
const plain = (table: string, expand: string, contract = ""): Folder =>
  renaming(
    {
      "migration.yaml": "description: Nothing is mapped.",
      "expand.sql": expand,
      "sync.sql": "",
      "contract.sql": contract,
    },
    table,
  );

describe("what no mapping knows", () => {
  let bench: ReleaseBench;

  const begin = async (folder: Folder, rows: string, types = "") => {
    bench = await ReleaseBench.create(folder);
    if (types !== "") await bench.query(types);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(rows);
  };
  const forward = async () => {
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  };
  const undo = () =>
    bench.reach("base", { from: RELEASE.from, to: RELEASE.from, vacate: bench.database.roles.green });
  const contract = () => bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
  const takeBack = async () => {
    await bench.reach("expanded", BACK);
    await bench.reach("filled", BACK);
  };

  afterEach(() => bench.end());

  it("is archived by contract beside a column that is not there, and comes back", async () => {
    await begin(
      plain(
        "CREATE TABLE item (id int PRIMARY KEY, extra text);",
        "ALTER TABLE item ADD COLUMN more text;",
        "ALTER TABLE item DROP COLUMN IF EXISTS absent, DROP COLUMN extra;",
      ),
      "INSERT INTO item VALUES (1, 'kept'), (2, NULL)",
    );
    await forward();
    await contract();
    expect(
      await bench.query("SELECT * FROM zero_downtime.old_0002_change_item_columns ORDER BY id"),
    ).to.deep.equal([
      { id: 1, extra: "kept" },
      { id: 2, extra: null },
    ]);
    await takeBack();
    expect(await bench.query("SELECT id, extra FROM item ORDER BY id")).to.deep.equal([
      { id: 1, extra: "kept" },
      { id: 2, extra: null },
    ]);
  });

  it("stays in the archive of every release that was given up, where nothing brings it back", async () => {
    await begin(
      plain(
        "CREATE TABLE item (id int, note text);",
        "CREATE TABLE review (id int PRIMARY KEY, text text); ALTER TABLE item ADD COLUMN rating int;",
      ),
      "INSERT INTO item VALUES (1, 'a')",
    );
    for (const text of ["first", "second"]) {
      await forward();
      await bench.query("INSERT INTO review VALUES (1, $1)", [text]);
      await bench.query("UPDATE item SET rating = length($1)", [text]);
      await undo();
    }
    const kept = async (part: string, column: string) => {
      const tables = await bench.query<{ name: string }>(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'zero_downtime' AND starts_with(tablename, $1)",
        [`new_0002_change_${part}`],
      );
      const rows = await Promise.all(
        tables.map(({ name }) => bench.query(`SELECT ${column} AS value FROM zero_downtime.${name}`)),
      );
      return rows.flat().map((row) => row["value"]);
    };
    expect(await kept("review_rows", "text")).to.have.members(["first", "second"]);
    expect(await kept("item_columns", "rating")).to.have.members([5, 6]);
  });

  it("survives an undo where its type has no equality, and where the key's type is the application's own", async () => {
    await begin(
      plain(
        "CREATE TABLE item (size size PRIMARY KEY, note text);",
        `ALTER TABLE item ADD COLUMN detail json DEFAULT '{}', ADD COLUMN place point DEFAULT '(0,0)',
           ADD COLUMN price numeric DEFAULT 1.0, ADD COLUMN free json, ADD COLUMN next size NOT NULL DEFAULT 's';`,
      ),
      "INSERT INTO item VALUES ('s'), ('m'), ('l')",
      "CREATE TYPE size AS ENUM ('s', 'm', 'l')",
    );
    await forward();
    await bench.query("UPDATE item SET detail = '[1]', price = 1.00 WHERE size = 'm'");
    await bench.query("UPDATE item SET place = '(1,2)', free = 'null', next = 'm' WHERE size = 'l'");
    const items = () =>
      bench.query<{ item: string }>(
        "SELECT concat_ws(' ', size, detail, place, price, free, next) AS item FROM item ORDER BY size",
      );
    const written = await items();
    expect(written.map(({ item }) => item)).to.deep.equal([
      "s {} (0,0) 1.0 s",
      "m [1] (0,0) 1.00 s",
      "l {} (1,2) 1.0 null m",
    ]);
    await undo();
    await forward();
    expect(await items()).to.deep.equal(written);
  });

  it("is not asked for again by a way back where contract.sql had dropped what expand.sql added", async () => {
    await begin(
      plain(
        "CREATE TABLE item (id int PRIMARY KEY, note text);",
        "ALTER TABLE item ADD COLUMN helper int, ADD COLUMN kept int; CREATE TABLE scratch (id int PRIMARY KEY);",
        "ALTER TABLE item DROP COLUMN helper; DROP TABLE scratch;",
      ),
      "INSERT INTO item VALUES (1, 'a')",
    );
    const before = await shape();
    await forward();
    await contract();
    await takeBack();
    await bench.reach("contracted", { ...BACK, vacate: bench.database.roles.green });
    expect(await shape()).to.deep.equal(before);
  });

  const shape = async () =>
    (await schemaDump(bench.database)).split("\n").filter((line) => !line.includes("zero_downtime"));
});

describe("a contract in several transactions, of which the first drops something else", function () {
  this.timeout(300_000);

  it("ends the same wherever it is killed, and every row's two forms are kept in step until one goes", async () => {
    const bench = await ReleaseBench.create(
      renaming({
        "contract.sql": `ALTER TABLE item DROP COLUMN note;
          CREATE INDEX CONCURRENTLY item_by_name ON item (new_name);
          ALTER TABLE item DROP COLUMN old_name;`,
      }),
    );
    const { database } = bench;
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO item SELECT i, 'name ' || i, 'note' FROM generate_series(1, 30) AS i");
      await bench.reach("expanded", RELEASE);
      await bench.reach("filled", RELEASE);
      await database.saveAs(`${database.name}_filled`);
      await endsTheSameWhereverKilled(bench, {
        template: "filled",
        parts: { goal: "contracted", ...RELEASE, vacate: database.roles.blue },
        state: async () =>
          [
            await schemaDump(database),
            JSON.stringify(await bench.query("SELECT to_jsonb(i) AS i FROM item AS i ORDER BY id")),
            await ledgerLine(bench),
          ].join("\n"),
        write: async (moment) => {
          const [both] = await bench.query(
            "SELECT FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'old_name'",
          );
          await bench.query("UPDATE item SET new_name = 'other' WHERE id = 7");
          if (both !== undefined)
            expect(await bench.query("SELECT old_name FROM item WHERE id = 7"), moment).to.deep.equal([
              { old_name: "other" },
            ]);
          await bench.query("UPDATE item SET new_name = 'name 7' WHERE id = 7");
        },
      });
    } finally {
      await bench.end(`${database.name}_filled`);
    }
  });
});
