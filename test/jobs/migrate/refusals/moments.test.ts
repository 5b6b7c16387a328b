import { expect } from "chai";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";

describe("migrate, at the three moments of a migration", () => {
  let bench: ReleaseBench;
  const row = async (name: string) =>
    (await bench.query("SELECT street, street_name, house_number FROM address WHERE name = $1", [name]))[0];

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    await bench.query(
      "INSERT INTO address (name, street) SELECT 'row ' || i, 'Street ' || i FROM generate_series(1, 1000) AS i",
    );
  });

  after(() => bench.end());

  describe("expanded", () => {
    before(() => bench.reach("expanded", { from: OLD, to: NEW }));

    it("fills the new form of what the old version writes", async () => {
      const old = await bench.old();
      await old.query("INSERT INTO address (name, street) VALUES ('a', 'Main Street 1')");
      expect(await row("a")).to.deep.equal({
        street: "Main Street 1",
        street_name: "Main Street",
        house_number: "1",
      });
      await old.query("UPDATE address SET street = 'Elm' WHERE name = 'a'");
      expect(await row("a")).to.deep.equal({ street: "Elm", street_name: "Elm", house_number: null });
    });

    it("fills the old form of what the new version writes", async () => {
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

    it("leaves rows that nobody writes to the backfill", async () => {
      expect(await row("row 5")).to.deep.equal({ street: "Street 5", street_name: null, house_number: null });
    });

    it("asks nothing of the old version's writes to rows that are not filled", async () => {
      const old = await bench.old();
      await old.query("UPDATE address SET city = 'Town' WHERE name = 'row 6'");
      expect(await row("row 6")).to.deep.equal({ street: "Street 6", street_name: null, house_number: null });
    });

    it("changes nothing when repeated", async () => {
      const before = await schemaDump(bench.database);
      const result = await bench.reach("expanded", { from: OLD, to: NEW });
      expect(result.facts).to.include({ statements: 0 });
      expect(await schemaDump(bench.database)).to.equal(before);
    });
  });

  describe("filled", () => {
    it("fills every row, and says how many and how fast", async () => {
      const result = await bench.reach("filled", { from: OLD, to: NEW });
      expect(result.facts).to.include({
        rows: 1000,
        checkedRows: 1002,
        archivedRows: 0,
        nonRoundTripRows: 0,
      });
      expect(result.facts?.["rowsPerSecond"]).to.be.greaterThan(100);
      expect(result.summary).to.equal(
        "Every row is there in both forms: 1000 filled now, 1002 compared, all agree.",
      );
      expect(await row("row 5")).to.deep.equal({
        street: "Street 5",
        street_name: "Street",
        house_number: "5",
      });
    });

    it("never touches the old side", async () => {
      const [same] = await bench.query(
        "SELECT count(*)::int AS n FROM address WHERE name LIKE 'row%' AND street = 'Street ' || substr(name, 5)",
      );
      expect(same).to.deep.equal({ n: 1000 });
    });

    it("refuses a missing street name from then on", async () => {
      const fresh = await bench.new();
      const error = await fresh
        .query("UPDATE address SET street_name = NULL WHERE name = 'b'")
        .catch((error: unknown) => error);
      expect(error).to.have.property("code").that.matches(/^23/);
    });
  });

  describe("undone", () => {
    before(async () => {
      const fresh = await bench.new();
      await fresh.query(
        "INSERT INTO address (name, street_name, house_number) VALUES ('lossy', 'Square 1848', NULL)",
      );
      await fresh.query(
        "INSERT INTO address (name, street_name, house_number) VALUES ('changed', 'Square 1849', NULL)",
      );
      await bench.database.disconnect();
      const result = await bench.reach("base", { from: OLD, to: OLD, vacate: bench.database.roles.green });
      expect(result.facts).to.include({ archivedRows: 2 });
      expect(result.summary).to.match(/taken back; 2 values that would have been lost are kept/);
    });

    it("leaves the table as the old version knows it, with what the new one wrote", async () => {
      const rows = await bench.query("SELECT name, street FROM address WHERE name !~ '^row' ORDER BY name");
      expect(rows).to.deep.equal([
        { name: "a", street: "Elm" },
        { name: "b", street: "Oak Street" },
        { name: "changed", street: "Square 1849" },
        { name: "lossy", street: "Square 1848" },
      ]);
      expect(await schemaDump(bench.database)).not.to.match(
        /^column address\.street_name|split_street\(|zzz_zero/m,
      );
    });

    it("brings back what would not have survived when it is expanded again, unless the old value changed", async () => {
      const old = await bench.old();
      await old.query("UPDATE address SET street = 'Elsewhere 3' WHERE name = 'changed'");
      await bench.reach("expanded", { from: OLD, to: NEW });
      await bench.reach("filled", { from: OLD, to: NEW });
      expect(await row("lossy")).to.deep.equal({
        street: "Square 1848",
        street_name: "Square 1848",
        house_number: null,
      });
      expect(await row("changed")).to.deep.equal({
        street: "Elsewhere 3",
        street_name: "Elsewhere",
        house_number: "3",
      });
      expect(await row("row 9")).to.deep.equal({
        street: "Street 9",
        street_name: "Street",
        house_number: "9",
      });
      expect(await schemaDump(bench.database)).not.to.contain("new_0002_split_street_address");
    });
  });

  describe("contracted", () => {
    before(async () => {
      await bench.database.disconnect();
      await bench.reach("verified", { from: OLD, to: NEW, record: "switched" });
      await bench.reach("contractible", { from: OLD, to: NEW, vacate: bench.database.roles.blue });
      await bench.reach("contracted", { from: OLD, to: NEW, vacate: bench.database.roles.blue });
      await bench.reach("base", { from: NEW, to: NEW, vacate: bench.database.roles.blue });
    });

    it("serves the new version alone", async () => {
      const fresh = await bench.new();
      await fresh.query("INSERT INTO address (name, street_name) VALUES ('c', 'Last Street')");
      const rows = await fresh.query("SELECT street_name FROM address WHERE name = 'c'");
      expect(rows.rows).to.deep.equal([{ street_name: "Last Street" }]);
    });

    it("has every old value in the archive", async () => {
      const [kept] = await bench.query(
        "SELECT count(*)::int AS n FROM zero_downtime.old_0002_split_street_address",
      );
      expect(kept).to.deep.equal({ n: 1004 });
    });

    it("leaves no trigger and no function behind", async () => {
      expect(await schemaDump(bench.database)).not.to.match(/^(trigger|function)/m);
    });
  });
});
