import { expect } from "chai";
import fc from "fast-check";
import type pg from "pg";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";

const street = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "Elm",
    "Main Street 12",
    "Main  Street  12",
    "12",
    "12 bis",
    "Rue 12 bis",
    "A 1 2",
    "Weg 3 ",
    "o'k \\ 4",
  ),
  fc.string({
    maxLength: 12,
    unit: fc.constantFrom("a", "B", " ", "1", "2", "-", "/", "b", "ß", "🏠", "'", "\\", "\n"),
  }),
);
const name = street;
const number = fc.option(fc.oneof(fc.constantFrom("", "1", "12 bis", "x"), street), { nil: null });

/** One write, in the form of one of the versions; what it says must be there afterwards. */
type Write =
  | { readonly form: "old"; readonly how: "insert" | "update" | "save"; readonly street: string }
  | {
      readonly form: "new";
      readonly how: "insert" | "update" | "save";
      readonly name: string;
      readonly number: string | null;
    }
  | { readonly form: "new"; readonly how: "number"; readonly number: string | null }
  | { readonly form: "either"; readonly how: "city" };

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    form: fc.constant("old" as const),
    how: fc.constantFrom("insert" as const, "update" as const, "save" as const),
    street,
  }),
  fc.record({
    form: fc.constant("new" as const),
    how: fc.constantFrom("insert" as const, "update" as const, "save" as const),
    name,
    number,
  }),
  fc.record({ form: fc.constant("new" as const), how: fc.constant("number" as const), number }),
  fc.constant({ form: "either" as const, how: "city" as const }),
);

describe("any walk of writes in both forms", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  let client: pg.Client;

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    await bench.reach("expanded", { from: OLD, to: NEW });
    await bench.reach("filled", { from: OLD, to: NEW });
    client = await bench.new();
  });

  after(() => bench.end());

  it("leaves both forms of every row in agreement, and every write as it was acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 10 }), async (walk) => {
        await client.query("BEGIN");
        try {
          let isThere = false;
          for (const one of walk) {
            await apply(one, isThere);
            isThere = true;
            await expectAcknowledged(one);
            await expectAgreement();
          }
        } finally {
          await client.query("ROLLBACK");
        }
      }),
      { numRuns: 150 },
    );
  });

  async function apply(one: Write, isThere: boolean): Promise<void> {
    if (one.how === "insert" || !isThere) await client.query("DELETE FROM address");
    const isInsert = one.how === "insert" || !isThere;
    if (one.form === "either") {
      await client.query(
        isInsert
          ? "INSERT INTO address (name, street) VALUES ('n', '')"
          : "UPDATE address SET city = city || 'x'",
      );
    } else if (one.form === "old") {
      const statement = {
        insert: "INSERT INTO address (name, street) VALUES ('n', $1)",
        update: "UPDATE address SET street = $1",
        save: "UPDATE address SET name = name, street = $1, postcode = postcode, city = city",
      };
      await client.query(isInsert ? statement.insert : statement[one.how], [one.street]);
    } else if (one.how === "number") {
      if (isInsert)
        await client.query("INSERT INTO address (name, street_name, house_number) VALUES ('n', 'N', $1)", [
          one.number,
        ]);
      else await client.query("UPDATE address SET house_number = $1", [one.number]);
    } else {
      const statement = {
        insert: "INSERT INTO address (name, street_name, house_number) VALUES ('n', $1, $2)",
        update: "UPDATE address SET street_name = $1, house_number = $2",
        save: "UPDATE address SET name = name, street_name = $1, house_number = $2, city = city",
      };
      await client.query(isInsert ? statement.insert : statement[one.how], [one.name, one.number]);
    }
  }

  async function expectAcknowledged(one: Write): Promise<void> {
    const [row] = (await client.query("SELECT street, street_name, house_number FROM address")).rows;
    if (one.form === "old") expect(row).to.include({ street: one.street });
    if (one.form === "new" && one.how !== "number") expect(row).to.include({ street_name: one.name });
    if (one.form === "new") expect(row).to.include({ house_number: one.number });
  }

  async function expectAgreement(): Promise<void> {
    const { rows } = await client.query(
      `SELECT street, street_name, house_number FROM address AS a
       CROSS JOIN LATERAL zero_downtime_0002_split_street.split_street(a.street) AS made (n, h)
       WHERE NOT ((a.street_name IS NOT DISTINCT FROM made.n AND a.house_number IS NOT DISTINCT FROM made.h)
         OR a.street IS NOT DISTINCT FROM zero_downtime_0002_split_street.join_street(a.street_name, a.house_number))`,
    );
    expect(rows).to.deep.equal([]);
  }
});
