import { expect } from "chai";
import type pg from "pg";
import { MOVE, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

const LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] as const;

/** What PostgreSQL may say to a transaction that has to be tried again. */
const RETRY = ["40001", "40P01"];

/**
 * The form of a person without an address, '' as well as NULL: version 2 may have a row where
 * version 1 has none.
 */
const LOSSY = moving({
  "sync.sql": `CREATE FUNCTION to_address(INOUT street text, INOUT city text) LANGUAGE sql IMMUTABLE RETURN ROW(nullif(street, ''), nullif(city, ''));
CREATE FUNCTION from_address(INOUT street text, INOUT city text) LANGUAGE sql IMMUTABLE RETURN ROW(street, city);`,
});

describe("two tables that are kept in step, by transactions of any isolation level", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(LOSSY);
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query(
      "INSERT INTO person SELECT i, 'person ' || i, CASE WHEN i < 4 THEN 'Main ' || i END, CASE WHEN i < 4 THEN 'Town' END FROM generate_series(1, 6) AS i",
    );
  });

  afterEach(() => bench.end());

  const forms = (id: number) =>
    bench.query(
      "SELECT t.street, t.city, o.street AS new_street, o.city AS new_city FROM person AS t LEFT JOIN person_address AS o ON o.person_id = t.id WHERE t.id = $1",
      [id],
    );

  /**
   * A transaction whose snapshot is older than what `meanwhile` does; the code with which it
   * failed, or null.
   */
  async function begun(
    client: pg.Client,
    level: string,
    meanwhile: () => Promise<unknown>,
    write: string,
  ): Promise<string | null> {
    await client.query(`BEGIN ISOLATION LEVEL ${level}`);
    await client.query("SELECT count(*) FROM person");
    await meanwhile();
    try {
      await client.query(write);
      await client.query("COMMIT");
      return null;
    } catch (error) {
      await client.query("ROLLBACK");
      return (error as { code: string }).code;
    }
  }

  async function agree(id: number): Promise<void> {
    for (const row of await forms(id))
      expect([row["street"] || null, row["city"] || null]).to.deep.equal([
        row["new_street"],
        row["new_city"],
      ]);
  }

  const verified = async (rows: number) =>
    expect((await bench.reach("verified", MOVE)).facts).to.include({ checkedRows: rows });

  for (const level of LEVELS) {
    it(`carry over, or refuse with 40001, what is written after a fill that the transaction does not see: ${level}`, async () => {
      await bench.reach("expanded", MOVE);
      const fill = () => bench.reach("filled", MOVE);
      const write = "UPDATE person SET street = NULL, city = NULL WHERE id = 1";
      const code = await begun(await bench.old(), level, fill, write);
      expect(code).to.equal(level === "READ COMMITTED" ? null : "40001");
      await verified(6);
      await (await bench.old()).query(write);
      expect(await forms(1)).to.deep.equal([{ street: null, city: null, new_street: null, new_city: null }]);
      expect(await bench.query("SELECT FROM person_address WHERE person_id = 1")).to.deep.equal([]);
    });

    it(`carry over, or refuse with 40001, a write that meets an unseen row of the other version: ${level}`, async () => {
      await bench.reach("filled", MOVE);
      const [old, fresh] = [await bench.old(), await bench.new()];
      const cases: readonly (readonly [pg.Client, string, pg.Client, string])[] = [
        [
          fresh,
          "INSERT INTO person_address VALUES (5, NULL, NULL)",
          old,
          "UPDATE person SET street = '' WHERE id = 5",
        ],
        [
          fresh,
          "INSERT INTO person_address VALUES (6, 'New', NULL)",
          old,
          "UPDATE person SET city = 'Old' WHERE id = 6",
        ],
        [
          fresh,
          "DELETE FROM person_address WHERE person_id = 2",
          old,
          "UPDATE person SET street = 'Old' WHERE id = 2",
        ],
        [
          fresh,
          "UPDATE person_address SET city = 'New' WHERE person_id = 3",
          old,
          "UPDATE person SET street = NULL, city = NULL WHERE id = 3",
        ],
        [
          old,
          "UPDATE person SET street = NULL, city = NULL WHERE id = 1",
          fresh,
          "UPDATE person_address SET city = 'New' WHERE person_id = 1",
        ],
        [
          old,
          "UPDATE person SET street = 'Old' WHERE id = 1",
          fresh,
          "DELETE FROM person_address WHERE person_id = 1",
        ],
      ];
      for (const [first, before, second, after] of cases) {
        const code = await begun(second, level, () => first.query(before), after);
        if (level === "READ COMMITTED") expect(code, after).to.equal(null);
        else expect([null, "40001"], after).to.include(code);
        // A new attempt sees everything.
        await second.query(after);
      }
      for (const id of [1, 2, 3, 5, 6]) await agree(id);
      await verified(6);
    });

    it(`lose nothing and never differ while both versions write and the backfill runs: ${level}`, async () => {
      await bench.query(
        "INSERT INTO person SELECT i, 'person ' || i, 'Main ' || i, 'Town' FROM generate_series(7, 1500) AS i",
      );
      await bench.reach("expanded", MOVE);
      let isFilled = false;
      const retry = async (client: pg.Client, text: string, values: readonly unknown[]) => {
        for (;;) {
          try {
            await client.query(`BEGIN ISOLATION LEVEL ${level}`);
            await client.query("SELECT FROM person LIMIT 1");
            await client.query(text, [...values]);
            await client.query("COMMIT");
            return;
          } catch (error) {
            await client.query("ROLLBACK");
            expect(RETRY, (error as Error).message).to.include((error as { code: string }).code);
          }
        }
      };
      const write = async (client: pg.Client, texts: readonly string[], seed: number) => {
        for (let turn = 0; !isFilled || turn < 150; turn++)
          await retry(client, texts[turn % texts.length] ?? "", [1 + ((turn * seed) % 1500)]);
      };
      const old = [
        "UPDATE person SET street = NULL, city = NULL WHERE id = $1",
        "UPDATE person SET street = 'Old' WHERE id = $1",
      ];
      const fresh = [
        "UPDATE person_address SET city = 'New' WHERE person_id = $1",
        "DELETE FROM person_address WHERE person_id = $1",
      ];
      const writers = Promise.all([
        write(await bench.old(), old, 7),
        write(await bench.old(), old, 11),
        write(await bench.new(), fresh, 7),
      ]);
      await bench.reach("filled", MOVE).finally(() => (isFilled = true));
      await writers;
      await verified(1500);
    });
  }

  it("are filled right where the database's default is another isolation level", async () => {
    await bench.query(
      `ALTER DATABASE "${bench.database.name}" SET default_transaction_isolation = 'repeatable read'`,
    );
    await bench.reach("expanded", MOVE);
    const write = "UPDATE person SET street = NULL, city = NULL WHERE id = 2";
    const old = await bench.old();
    await old.query("BEGIN");
    await old.query("SELECT FROM person");
    await bench.reach("filled", MOVE);
    const code = await old.query(write).then(
      () => null,
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal("40001");
    await old.query("ROLLBACK");
    await agree(2);
  });

  it("refuse TRUNCATE of the new table while the old one has values, and let both be emptied together", async () => {
    await bench.reach("filled", MOVE);
    const message = await bench.query("TRUNCATE person_address").then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).to.match(
      /^Cannot truncate person_address as its rows are kept in step with person .*: DELETE them, or truncate both/,
    );
    await agree(1);
    await bench.query("TRUNCATE person CASCADE");
    expect(await bench.query("SELECT FROM person_address")).to.deep.equal([]);
    await bench.query("TRUNCATE person_address");
  });

  it("carry over what a prepared transaction wrote between two stages", async () => {
    await bench.reach("expanded", MOVE);
    const old = await bench.old();
    await old.query("BEGIN");
    await old.query("INSERT INTO person VALUES (7, 'seven', 'Main 7', 'Town')");
    await old.query("UPDATE person SET street = NULL, city = NULL WHERE id = 3");
    await old.query("PREPARE TRANSACTION 'between'");
    const filling = bench.run({ goal: "filled", ...MOVE, deadlineSeconds: 60 });
    await bench.query("COMMIT PREPARED 'between'");
    expect((await filling).ok).to.equal(true);
    await verified(7);
    expect(await forms(7)).to.deep.equal([
      { street: "Main 7", city: "Town", new_street: "Main 7", new_city: "Town" },
    ]);
  });
});
