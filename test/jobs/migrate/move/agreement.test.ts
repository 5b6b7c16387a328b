import { expect } from "chai";
import fc from "fast-check";
import type pg from "pg";
import { MOVE_NAMES, movingNames } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

const text = fc.oneof(
  fc.constantFrom("", " ", "Ada", "Ada King", "Ada  King", " Ada", "Ada ", "o'k \\ 4"),
  fc.string({ maxLength: 9, unit: fc.constantFrom("a", "B", " ", "1", "ß", "🏠", "'", "\\", "\n") }),
);
const family = fc.option(text, { nil: null });

/** One write, in one transaction, by one of the versions; what it says must be there afterwards. */
type Write =
  | { readonly form: "old"; readonly how: "insert" | "update" | "save"; readonly name: string }
  | {
      readonly form: "new";
      readonly how: "welcome" | "replace" | "upsert";
      readonly given: string;
      readonly family: string | null;
    }
  | { readonly form: "new"; readonly how: "family"; readonly family: string | null }
  | { readonly form: "new"; readonly how: "delete" }
  | { readonly form: "either"; readonly how: "phone" };

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    form: fc.constant("old" as const),
    how: fc.constantFrom("insert" as const, "update" as const, "save" as const),
    name: text,
  }),
  fc.record({
    form: fc.constant("new" as const),
    how: fc.constantFrom("welcome" as const, "replace" as const, "upsert" as const),
    given: text,
    family,
  }),
  fc.record({ form: fc.constant("new" as const), how: fc.constant("family" as const), family }),
  fc.constant({ form: "new" as const, how: "delete" as const }),
  fc.constant({ form: "either" as const, how: "phone" as const }),
);

describe("any walk of writes to two tables that are kept in step", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  let client: pg.Client;

  before(async () => {
    bench = await ReleaseBench.create(movingNames);
    await bench.reach("base", { to: MOVE_NAMES.from, first: true });
    await bench.reach("expanded", MOVE_NAMES);
    await bench.reach("filled", MOVE_NAMES);
    client = await bench.new();
  });

  after(() => bench.end());

  it("leaves both sides of every row in agreement, and every write as it was acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 10 }), async (walk) => {
        await client.query("DELETE FROM person");
        let isThere = false;
        for (const one of walk) {
          if (!isThere && !["insert", "welcome"].includes(one.how))
            await client.query("INSERT INTO person (email, full_name) VALUES ('n', '')");
          await client.query("BEGIN");
          await apply(one, isThere);
          await client.query("COMMIT");
          isThere = true;
          await expectAcknowledged(one);
          await expectAgreement();
        }
      }),
      { numRuns: 150 },
    );
    await bench.reach("verified", MOVE_NAMES);
  });

  async function apply(one: Write, isThere: boolean): Promise<void> {
    if (isThere && (one.how === "insert" || one.how === "welcome")) await client.query("DELETE FROM person");
    if (one.form === "either") {
      await client.query("UPDATE person SET phone = phone || 'x'");
    } else if (one.form === "old") {
      const statement = {
        insert: "INSERT INTO person (email, full_name) VALUES ('n', $1)",
        update: "UPDATE person SET full_name = $1",
        save: "UPDATE person SET email = email, full_name = $1, phone = phone, note = note",
      };
      await client.query(statement[one.how], [one.name]);
    } else if (one.how === "family") {
      await client.query("UPDATE person_name SET family = $1", [one.family]);
    } else if (one.how === "delete") {
      await client.query("DELETE FROM person_name");
    } else {
      if (one.how === "welcome") await client.query("INSERT INTO person (email) VALUES ('n')");
      if (one.how === "replace") await client.query("DELETE FROM person_name");
      const conflict =
        one.how === "upsert"
          ? " ON CONFLICT (person) DO UPDATE SET given = excluded.given, family = excluded.family"
          : "";
      await client.query(
        `INSERT INTO person_name (person, given, family) SELECT id, $1, $2 FROM person${conflict}`,
        [one.given, one.family],
      );
    }
  }

  async function expectAcknowledged(one: Write): Promise<void> {
    const [row] = (
      await client.query<{ full_name: string; person: string | null }>(
        "SELECT full_name, person, given, family FROM person LEFT JOIN person_name ON person = id",
      )
    ).rows;
    if (one.form === "old") expect(row).to.include({ full_name: one.name });
    if (one.how === "delete") expect(row).to.include({ person: null, full_name: "" });
    if ("given" in one) expect(row).to.include({ given: one.given, family: one.family });
    if (one.how === "family" && row?.person !== null) expect(row).to.include({ family: one.family });
  }

  async function expectAgreement(): Promise<void> {
    const { rows } = await client.query(
      `SELECT full_name, given, family FROM person LEFT JOIN person_name ON person = id
       CROSS JOIN LATERAL zero_downtime_0002_name.split_name(full_name) AS made (g, f)
       WHERE NOT ((given IS NOT DISTINCT FROM g AND family IS NOT DISTINCT FROM f)
         OR full_name IS NOT DISTINCT FROM zero_downtime_0002_name.join_name(given, family))`,
    );
    expect(rows).to.deep.equal([]);
  }
});
