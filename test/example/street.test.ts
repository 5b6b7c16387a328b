import { readFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import { filledAddress } from "../../example/filled-address.ts";
import {
  HOUSE_NUMBERS,
  STREETS_WITHOUT_NUMBER,
  STREET_NAMES,
  knownStreet,
} from "../../example/street-samples.ts";
import { type SplitStreet, joinStreet, splitStreet } from "../../example/v2/street.ts";
import { type TestDatabase, createDatabase } from "../support/postgres/postgres.ts";

describe("splitStreet", () => {
  it("finds the parts that odd streets are made of", () => {
    for (const name of STREET_NAMES) {
      for (const number of HOUSE_NUMBERS) {
        const { street } = knownStreet(name, number);
        expect(splitStreet(street)).to.deep.equal({ streetName: name, houseNumber: number });
      }
    }
    for (const street of STREETS_WITHOUT_NUMBER) {
      expect(splitStreet(street)).to.deep.equal({ streetName: street, houseNumber: null });
    }
  });

  it("finds the parts of every address that the filler makes", () => {
    for (let number = 0; number < 5_000; number += 1) {
      const { street, streetName, houseNumber } = filledAddress(1, number);
      expect(splitStreet(street)).to.deep.equal({ streetName, houseNumber });
    }
  });
});

describe("splitStreet and joinStreet", function () {
  this.timeout(60_000);
  let database: TestDatabase;

  before(async () => {
    database = await createDatabase();
    await database.query(
      await readFile(new URL("../../migrations/0002-split-street/sync.sql", import.meta.url), "utf8"),
    );
  });
  after(() => database.drop());

  async function inDatabase(streets: readonly string[]): Promise<(SplitStreet & { joined: string })[]> {
    return database.query<SplitStreet & { joined: string }>(
      `SELECT parts.street_name AS "streetName", parts.house_number AS "houseNumber",
         join_street(parts.street_name, parts.house_number) AS joined
       FROM unnest($1::text[]) WITH ORDINALITY AS given(street, place), split_street(given.street) AS parts
       ORDER BY given.place`,
      [streets],
    );
  }

  const word = fc.string({
    unit: fc.constantFrom("a", "B", "→", "🏠", "1", "2", " ", "  ", "-", "/", ".", "bis", "ter", "\t"),
    maxLength: 8,
  });
  const street = fc.oneof(
    word,
    fc
      .tuple(
        word,
        fc.constantFrom(" ", "  ", ""),
        fc.constantFrom(...HOUSE_NUMBERS, "7 é1", "12bis", "1 2"),
        fc.constantFrom("", " "),
      )
      .map((parts) => parts.join("")),
  );

  // But for letters beyond ASCII behind a number, which [[:alpha:]] takes or not by the locale of
  // the database.
  it("say the same as the functions of the migration", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(street, { minLength: 1, maxLength: 50 }), async (streets) => {
        const split = streets.map(splitStreet).map((parts) => ({ ...parts, joined: joinStreet(parts) }));
        expect(await inDatabase(streets)).to.deep.equal(split);
      }),
      { numRuns: 100 },
    );
  });
});
