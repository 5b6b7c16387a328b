import { expect } from "chai";
import { ReleaseBench } from "../../support/release-bench.ts";
import { schemaDump } from "../../support/schema-dump.ts";

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
    it("uses what the way back archived where it still stands for the old form, and everything ends as after the first time", async () => {
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
