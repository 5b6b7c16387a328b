import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const FORWARD = { from: OLD, to: NEW };
const BACK = { from: NEW, to: OLD };

/** As on the street, and as splitting and joining would make of it. */
const ODD = "Main  Street   7";

describe("migrate, taking a contracted migration back", () => {
  let bench: ReleaseBench;
  let original: string;
  const row = async (name: string) =>
    (
      await bench.query(
        "SELECT to_jsonb(a) - '{id,name,postcode,city}'::text[] AS a FROM address AS a WHERE name = $1",
        [name],
      )
    )[0]?.["a"];

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    await bench.query("CREATE INDEX address_street ON address (street, city)");
    await bench.query("ALTER TABLE address ADD CONSTRAINT street_is_short CHECK (length(street) < 100)");
    await bench.query("ALTER TABLE address ALTER COLUMN street SET DEFAULT ''");
    original = await applicationDump();
    await bench.query(
      "INSERT INTO address (name, street) SELECT 'row ' || i, 'Street ' || i FROM generate_series(1, 1000) AS i",
    );
    for (const name of ["odd", "changed"])
      await bench.query("INSERT INTO address (name, street) VALUES ($1, $2)", [name, ODD]);
    await goForward();
    const fresh = await bench.new();
    await fresh.query(
      "UPDATE address SET street_name = 'Elsewhere', house_number = '8' WHERE name = 'changed'",
    );
    await fresh.query("INSERT INTO address (name, street_name, house_number) VALUES ('later', 'Oak', '2 c')");
    await fresh.query("INSERT INTO address (name, street_name) VALUES ('lossy', 'Square 1848')");
    await bench.database.disconnect();
  });

  after(() => bench.end());

  /** The application's schema; the archives aside. */
  async function applicationDump(): Promise<string> {
    return (await schemaDump(bench.database))
      .split("\n")
      .filter((line) => !line.includes("zero_downtime") || /^(trigger|function)/.test(line))
      .join("\n");
  }

  async function goForward(): Promise<void> {
    await bench.reach("expanded", FORWARD);
    await bench.reach("filled", FORWARD);
    await bench.reach("verified", { ...FORWARD, record: "switched" });
    await bench.reach("contracted", { ...FORWARD, vacate: bench.database.roles.blue });
    await bench.reach("base", { from: NEW, to: NEW, vacate: bench.database.roles.blue });
  }

  describe("expanded", () => {
    before(() => bench.reach("expanded", BACK));

    it("brings the old column back, and keeps both forms in step from then on", async () => {
      const old = await bench.old();
      await old.query("INSERT INTO address (name, street) VALUES ('a', 'Main Street 1')");
      expect(await row("a")).to.deep.equal({
        street: "Main Street 1",
        street_name: "Main Street",
        house_number: "1",
      });
      await old.query("UPDATE address SET street = 'Elm' WHERE name = 'a'");
      expect(await row("a")).to.deep.equal({ street: "Elm", street_name: "Elm", house_number: null });
      const fresh = await bench.new();
      await fresh.query(
        "INSERT INTO address (name, street_name, house_number) VALUES ('b', 'Oak Street', '2 c')",
      );
      expect(await row("b")).to.deep.equal({
        street: "Oak Street 2 c",
        street_name: "Oak Street",
        house_number: "2 c",
      });
      await fresh.query("UPDATE address SET house_number = NULL WHERE name = 'b'");
      expect(await row("b")).to.deep.equal({
        street: "Oak Street",
        street_name: "Oak Street",
        house_number: null,
      });
    });

    it("gives the old version its default again", async () => {
      await (await bench.old()).query("INSERT INTO address (name) VALUES ('default')");
      expect(await row("default")).to.deep.equal({ street: "", street_name: "", house_number: null });
    });

    it("is taken back when the release is given up, and leaves the newer version as it was", async () => {
      await bench.query("DELETE FROM address WHERE name IN ('a', 'b', 'default')");
      await bench.database.disconnect();
      await bench.reach("base", { from: NEW, to: NEW, vacate: bench.database.roles.blue });
      expect(await applicationDump()).to.not.match(/^column address\.street |^trigger|^function/m);
      expect(await bench.query("SELECT id, state FROM zero_downtime.migration ORDER BY id")).to.deep.equal([
        { id: OLD, state: "finished" },
        { id: NEW, state: "finished" },
      ]);
      await bench.reach("expanded", BACK);
    });
  });

  describe("filled", () => {
    before(() => bench.reach("filled", BACK));

    it("uses what was archived where it still stands for the newer form, else what is made of that", async () => {
      expect(await row("odd")).to.include({ street: ODD });
      expect(await row("changed")).to.include({ street: "Elsewhere 8" });
      expect(await row("later")).to.include({ street: "Oak 2 c" });
      expect(await row("lossy")).to.include({ street: "Square 1848" });
      expect(await row("row 5")).to.include({ street: "Street 5" });
    });

    it("never touches the side that serves", async () => {
      expect(await row("lossy")).to.include({ street_name: "Square 1848", house_number: null });
    });

    it("has the index of the old version again", async () => {
      const [index] = await bench.query(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'address_street'::regclass",
      );
      expect(index).to.deep.equal({ indisvalid: true });
    });

    it("keeps what would not survive when the release is given up, and uses it the next time", async () => {
      await (await bench.old()).query("INSERT INTO address (name, street) VALUES ('odd too', 'Elm   9')");
      await bench.database.disconnect();
      const given = await bench.reach("base", { from: NEW, to: NEW, vacate: bench.database.roles.blue });
      expect(given.facts).to.include({ archivedRows: 2 });
      await bench.reach("expanded", BACK);
      await bench.reach("filled", BACK);
      expect(await row("odd")).to.include({ street: ODD });
      expect(await row("odd too")).to.include({ street: "Elm   9" });
    });
  });

  describe("contracted", () => {
    before(async () => {
      await bench.reach("verified", { ...BACK, record: "switched" });
      await bench.reach("contractible", { ...BACK, vacate: bench.database.roles.green });
      await bench.reach("contracted", { ...BACK, vacate: bench.database.roles.green });
      await bench.reach("base", { from: OLD, to: OLD, vacate: bench.database.roles.green });
    });

    it("leaves the schema as it was before the migration", async () => {
      expect(await applicationDump()).to.equal(original);
    });

    it("serves the old version alone", async () => {
      const old = await bench.old();
      await old.query("INSERT INTO address (name, street) VALUES ('alone', 'Last Street')");
      expect(await row("alone")).to.deep.equal({ street: "Last Street" });
    });

    it("leaves nothing of the migration in the ledger, so that it may be released again", async () => {
      expect(await bench.query("SELECT id FROM zero_downtime.migration ORDER BY id")).to.deep.equal([
        { id: OLD },
      ]);
    });

    it("changes nothing when repeated", async () => {
      const result = await bench.reach("contracted", { ...BACK, vacate: bench.database.roles.green });
      expect(result.facts).to.include({ statements: 0 });
    });
  });

  describe("released again", () => {
    it("uses what the way back archived where it still matches the old form, and ends as the first time", async () => {
      await bench.database.disconnect();
      await goForward();
      expect(await row("lossy")).to.deep.equal({ street_name: "Square 1848", house_number: null });
      expect(await row("alone")).to.deep.equal({ street_name: "Last Street", house_number: null });
      expect(await row("row 9")).to.deep.equal({ street_name: "Street", house_number: "9" });
      const [kept] = await bench.query(
        "SELECT street FROM zero_downtime.old_0002_split_street_address AS o JOIN address USING (id) WHERE name = 'odd'",
      );
      expect(kept).to.deep.equal({ street: ODD });
    });
  });
});

describe("a way back without mappings", () => {
  const FOLDER: Folder = {
    "0001-table": {
      "migration.yaml": "description: A table.",
      "expand.sql": `CREATE TABLE item (id int PRIMARY KEY, note text, rank int NOT NULL DEFAULT 7, code text, extra text);
        ALTER TABLE item ADD CONSTRAINT short CHECK (length(note) < 9), ADD CONSTRAINT ranked UNIQUE (code);
        CREATE INDEX by_note ON item (note); CREATE INDEX by_extra ON item (extra);`,
    },
    "0002-change": {
      "migration.yaml": "description: Nothing is mapped.",
      "expand.sql": `CREATE TYPE mood AS ENUM ('good', 'bad');
        ALTER TABLE item ADD COLUMN rating int NOT NULL DEFAULT 3, ADD COLUMN mood mood;
        CREATE INDEX CONCURRENTLY by_rating ON item (rating);
        CREATE TABLE review (id int PRIMARY KEY, text text);`,
      "undo.sql": "DROP TYPE IF EXISTS mood;",
      "contract.sql": `ALTER TABLE item DROP COLUMN note, DROP COLUMN rank; ALTER TABLE item DROP COLUMN code;
        DROP INDEX CONCURRENTLY by_extra;
        ALTER TABLE item ADD CONSTRAINT has_mood CHECK (mood IS NOT NULL) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT has_mood;
        ALTER TABLE item ALTER COLUMN mood SET NOT NULL; ALTER TABLE item DROP CONSTRAINT has_mood;`,
    },
  };
  const FORTH = { from: "0001-table", to: "0002-change" };
  const THERE = { from: "0002-change", to: "0001-table" };
  let bench: ReleaseBench;
  const items = async () => {
    const rows = await bench.query<{ item: Record<string, unknown> }>(
      "SELECT to_jsonb(i) AS item FROM item AS i ORDER BY id",
    );
    return rows.map(({ item }) => item);
  };
  const shapeOf = async () =>
    (await schemaDump(bench.database)).split("\n").filter((line) => !line.includes("zero_downtime"));

  before(async () => {
    bench = await ReleaseBench.create(FOLDER);
  });

  after(() => bench.end());

  it("has the columns again with what was archived of them, and everything that went with them", async () => {
    await bench.reach("base", { to: "0001-table", first: true });
    const original = await shapeOf();
    await bench.query(
      "INSERT INTO item SELECT i, 'n' || i, i, 'c' || i, 'e' FROM generate_series(1, 3) AS i",
    );
    await bench.reach("expanded", FORTH);
    await bench.reach("filled", FORTH);
    await bench.query("UPDATE item SET mood = 'good', rating = id");
    await bench.reach("contracted", { ...FORTH, vacate: bench.database.roles.blue });
    await bench.query("INSERT INTO item (id, mood, extra) VALUES (4, 'bad', 'since')");

    await bench.reach("expanded", THERE);
    await bench.reach("filled", THERE);
    expect(await items()).to.deep.equal([
      ...[1, 2, 3].map((id) => ({
        id,
        extra: "e",
        rating: id,
        mood: "good",
        note: `n${id}`,
        rank: id,
        code: `c${id}`,
      })),
      { id: 4, extra: "since", rating: 3, mood: "bad", note: null, rank: 7, code: null },
    ]);
    await bench.reach("contracted", { ...THERE, vacate: bench.database.roles.green });
    expect(await shapeOf()).to.deep.equal(original);
  });

  it("gives the newer version its values back when it is released again", async () => {
    await bench.reach("expanded", FORTH);
    await bench.reach("filled", FORTH);
    expect((await items()).map((item) => item["mood"])).to.deep.equal(["good", "good", "good", "bad"]);
    expect((await items()).map((item) => item["rating"])).to.deep.equal([1, 2, 3, 3]);
  });
});

describe("a way back from what contract.sql put on columns that stay", () => {
  it("names it all, changes nothing, and begins once it has been dropped", async () => {
    const bench = await ReleaseBench.create({
      "0001-table": {
        "migration.yaml": "description: A table.",
        "expand.sql": "CREATE TABLE item (id int PRIMARY KEY, note text, code text);",
      },
      "0002-change": {
        "migration.yaml": "description: A change.",
        "expand.sql": "ALTER TABLE item ADD COLUMN more text;",
        "contract.sql": `ALTER TABLE item ADD CONSTRAINT short CHECK (length(note) < 9) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT short;
          CREATE UNIQUE INDEX CONCURRENTLY item_code ON item (code);`,
      },
    });
    const there = { from: "0002-change", to: "0001-table" };
    try {
      await bench.reach("base", { to: "0002-change", first: true });
      const before = await schemaDump(bench.database);
      expect(await bench.refused({ goal: "expanded", ...there })).to.equal(
        'Cannot take 0002-change back as constraint short of item would refuse what the older version may write (ALTER TABLE "item" DROP CONSTRAINT "short"); and unique index item_code of item would refuse what the older version may write (DROP INDEX CONCURRENTLY IF EXISTS "item_code"). Nothing was changed; drop them first, and add them again if the way back is given up',
      );
      expect(await schemaDump(bench.database)).to.equal(before);
      await bench.query("ALTER TABLE item DROP CONSTRAINT short");
      await bench.query("DROP INDEX item_code");
      await bench.reach("expanded", there);
      await bench.reach("filled", there);
      await (await bench.old()).query("INSERT INTO item VALUES (1, 'longer than that', 'a'), (2, '', 'a')");
      await bench.database.disconnect();
      await bench.reach("contracted", { ...there, vacate: bench.database.roles.green });
    } finally {
      await bench.end();
    }
  });
});

describe("a migration that cannot be taken back", () => {
  const refusal = async (
    contract: string,
    table = "CREATE TABLE item (id int PRIMARY KEY, a text NOT NULL, b text); CREATE TABLE old (id int);",
  ) => {
    const bench = await ReleaseBench.create({
      "0001-table": { "migration.yaml": "description: A table.", "expand.sql": table },
      "0002-change": {
        "migration.yaml": "description: A change.",
        "expand.sql": "ALTER TABLE item ADD COLUMN c text;",
        "contract.sql": contract,
      },
    });
    try {
      await bench.reach("base", { to: "0002-change", first: true });
      const before = await schemaDump(bench.database);
      const reason = await bench.refused({ goal: "expanded", from: "0002-change", to: "0001-table" });
      expect(await schemaDump(bench.database)).to.equal(before);
      return reason;
    } finally {
      await bench.end();
    }
  };

  it("says why, all reasons at once, and changes nothing", async () => {
    const reason = await refusal(
      "DROP TABLE old; ALTER TABLE item DROP COLUMN a; ALTER TABLE item ALTER COLUMN b SET DEFAULT 'x';",
    );
    expect(reason).to.match(/^Cannot take 0002-change back as /);
    expect(reason).to.match(
      /item\.a required a value and had no constant default, and no mapping says what it is/,
    );
    expect(reason).to.match(/contract\.sql:1 \(Drop table old\) cannot be taken back/);
    expect(reason).to.match(/contract\.sql:1 \(Alter item: column default b\) cannot be taken back/);
    expect(reason).to.match(/Nothing was changed; release a new migration that goes forward instead$/);
  });
});
