import { expect } from "chai";
import { ReleaseBench } from "../support/postgres/release-bench.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";

/** As people write them, and what becomes of them. */
const STREETS: readonly (readonly [street: string, name: string, number: string | null])[] = [
  ["Main Street 12", "Main Street", "12"],
  ["Rue de la Paix 12 bis", "Rue de la Paix", "12 bis"],
  ["Rue Haute 3ter", "Rue Haute", "3ter"],
  ["Elm", "Elm", null],
  ["Unter den Linden", "Unter den Linden", null],
  ["Straße des 17. Juni 135", "Straße des 17. Juni", "135"],
  ["Platz des 4. Juli", "Platz des 4. Juli", null],
  ["Mill Lane 4 b", "Mill Lane", "4 b"],
  ["Mill Lane 4-6", "Mill Lane", "4-6"],
  ["Mill Lane 4/1", "Mill Lane", "4/1"],
  ["", "", null],
  ["12 bis", "12 bis", null],
  [" 7", " 7", null],
  ['O\'Hare "Way" \\ 5', 'O\'Hare "Way" \\', "5"],
  ["🏠 Gasse 9", "🏠 Gasse", "9"],
  [`${"very long ".repeat(2000)}Street 1`, `${"very long ".repeat(2000)}Street`, "1"],
];

describe("migration 0002-split-street", () => {
  let bench: ReleaseBench;

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    for (const [street] of STREETS) {
      await bench.query("INSERT INTO address (name, street) VALUES ('somebody', $1)", [street]);
    }
  });

  after(() => bench.end());

  it("splits what people write into name and number", async () => {
    await bench.reach("expanded", { from: OLD, to: NEW });
    await bench.reach("filled", { from: OLD, to: NEW });
    const rows = await bench.query("SELECT street, street_name, house_number FROM address ORDER BY id");
    expect(rows).to.deep.equal(
      STREETS.map(([street, street_name, house_number]) => ({ street, street_name, house_number })),
    );
  });

  it("gives back every street that it was made of", async () => {
    const rows = await bench.query(
      "SELECT street FROM address WHERE zero_downtime_0002_split_street.join_street(street_name, house_number) <> street",
    );
    expect(rows).to.deep.equal([]);
  });

  it("keeps a street with odd spacing as it is until contract archives it", async () => {
    const old = await bench.old();
    await old.query("INSERT INTO address (name, street) VALUES ('odd', 'Main  Street   7')");
    const [row] = await bench.query(
      "SELECT street, street_name, house_number FROM address WHERE name = 'odd'",
    );
    expect(row).to.deep.equal({ street: "Main  Street   7", street_name: "Main  Street", house_number: "7" });
  });

  it("requires a street name, has an index on it, and leaves the old column to the archive", async () => {
    await bench.database.disconnect();
    await bench.reach("contracted", { from: OLD, to: NEW, vacate: bench.database.roles.blue });
    const columns = await bench.query(
      "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname",
    );
    expect(columns).to.deep.equal([
      { attname: "city", attnotnull: true },
      { attname: "house_number", attnotnull: false },
      { attname: "id", attnotnull: true },
      { attname: "name", attnotnull: true },
      { attname: "postcode", attnotnull: true },
      { attname: "street_name", attnotnull: true },
    ]);
    const [index] = await bench.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 'address_street_name'::regclass",
    );
    expect(index).to.deep.equal({ indisvalid: true });
    const [archived] = await bench.query(
      "SELECT o.street FROM zero_downtime.old_0002_split_street_address AS o JOIN address USING (id) WHERE name = 'odd'",
    );
    expect(archived).to.deep.equal({ street: "Main  Street   7" });
  });
});
