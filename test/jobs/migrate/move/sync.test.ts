import { expect } from "chai";
import type pg from "pg";
import {
  MOVE,
  MOVE_NAMES as RELEASE,
  moving,
  MOVING,
  movingNames,
} from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

describe("the triggers that keep two tables in step", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;
  let old: pg.Client;
  let fresh: pg.Client;

  const person = async (email: string) =>
    (
      await bench.query(
        "SELECT full_name, given, family FROM person AS t LEFT JOIN person_name AS o ON o.person = t.id WHERE email = $1",
        [email],
      )
    )[0];
  const all = (full_name: string, given: string | null, family: string | null) => ({
    full_name,
    given,
    family,
  });
  /** What the new version does for a new person. */
  const welcome = async (email: string, given: string, family: string | null) => {
    await fresh.query("BEGIN");
    await fresh.query("INSERT INTO person (email) VALUES ($1)", [email]);
    await fresh.query(
      "INSERT INTO person_name (person, given, family) SELECT id, $2, $3 FROM person WHERE email = $1",
      [email, given, family],
    );
    await fresh.query("COMMIT");
  };

  before(async () => {
    bench = await ReleaseBench.create(movingNames);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    old = await bench.old();
    fresh = await bench.new();
  });

  after(() => bench.end());

  beforeEach(() => bench.query("DELETE FROM person"));

  it("take the direction from what changed, whatever the session's search_path", async () => {
    await welcome("x", "Ada", "King");
    await fresh.query("SET search_path = pg_catalog, other, public");
    await fresh.query("UPDATE public.person_name SET family = 'Lovelace'");
    await fresh.query("RESET search_path");
    expect(await person("x")).to.deep.equal(all("Ada Lovelace", "Ada", "Lovelace"));
  });

  it("do not split again when something else is written, or a whole row with equal values", async () => {
    await welcome("x", "Mary Ann", "Smith");
    await old.query("UPDATE person SET phone = '1'");
    await old.query("UPDATE person SET email = 'x', full_name = full_name, phone = '2', note = ''");
    await fresh.query("UPDATE person_name SET given = given, note = 'seen'");
    expect(await person("x")).to.deep.equal(all("Mary Ann Smith", "Mary Ann", "Smith"));
    await old.query("UPDATE person SET full_name = 'Eve Ann Smith'");
    expect(await person("x")).to.deep.equal(all("Eve Ann Smith", "Eve", "Ann Smith"));
  });

  it("leave what the old version wrote as it is, even when it would not come back like that", async () => {
    await old.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada   King')");
    expect(await person("x")).to.deep.equal(all("Ada   King", "Ada", "King"));
  });

  it("give a value to an old column that requires one and that the new version does not know", async () => {
    await fresh.query("INSERT INTO person (email) VALUES ('x')");
    expect(await person("x")).to.deep.equal(all("", null, null));
    await fresh.query("INSERT INTO person_name (person, given) SELECT id, 'Ada' FROM person");
    expect(await person("x")).to.deep.equal(all("Ada", "Ada", null));
    await fresh.query("DELETE FROM person_name");
    expect(await person("x")).to.deep.equal(all("", null, null));
  });

  it("make and take away the row as the old version's value comes and goes", async () => {
    await old.query("INSERT INTO person (email, full_name) VALUES ('x', '')");
    expect(await person("x")).to.deep.equal(all("", null, null));
    await old.query("UPDATE person SET full_name = 'Ada King'");
    expect(await person("x")).to.deep.equal(all("Ada King", "Ada", "King"));
    await old.query("UPDATE person SET full_name = ''");
    expect(await person("x")).to.deep.equal(all("", null, null));
  });

  it("let the new version replace its row in one transaction", async () => {
    await welcome("x", "Ada", "King");
    await fresh.query("BEGIN");
    await fresh.query("DELETE FROM person_name");
    await fresh.query("INSERT INTO person_name (person, given) SELECT id, 'Eve' FROM person");
    await fresh.query("COMMIT");
    expect(await person("x")).to.deep.equal(all("Eve", "Eve", null));
  });

  it("carry over what a transaction of the old version makes of its own new row", async () => {
    await old.query("BEGIN");
    await old.query(
      "INSERT INTO person (email, full_name) VALUES ('x', 'Ada King'), ('y', 'Bob'), ('z', 'Tom Gun')",
    );
    await old.query("UPDATE person SET full_name = 'Eve King' WHERE email = 'x'");
    await old.query("UPDATE person SET id = id + 1000000 WHERE email = 'y'");
    await old.query("DELETE FROM person WHERE email = 'z'");
    await old.query("COMMIT");
    expect(await person("x")).to.deep.equal(all("Eve King", "Eve", "King"));
    expect(await person("y")).to.deep.equal(all("Bob", "Bob", null));
    expect(await person("z")).to.equal(undefined);
  });

  it("follow a key that changes, where the foreign key does", async () => {
    await old.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
    await old.query("UPDATE person SET id = id + 1000000, full_name = 'Eve King'");
    expect(await person("x")).to.deep.equal(all("Eve King", "Eve", "King"));
  });

  it("carry over what triggers of other tables write, on either side", async () => {
    await bench.query("CREATE TABLE wish (email text, name text)");
    await bench.query(
      `CREATE FUNCTION grant_wish() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
         IF NEW.name LIKE '% %' THEN UPDATE person SET full_name = NEW.name WHERE email = NEW.email;
         ELSE UPDATE person_name SET given = NEW.name WHERE person = (SELECT id FROM person WHERE email = NEW.email); END IF;
         RETURN NEW; END$$`,
    );
    await bench.query("CREATE TRIGGER wish AFTER INSERT ON wish FOR EACH ROW EXECUTE FUNCTION grant_wish()");
    await old.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
    await bench.query("INSERT INTO wish VALUES ('x', 'Eve Queen')");
    expect(await person("x")).to.deep.equal(all("Eve Queen", "Eve", "Queen"));
    await bench.query("INSERT INTO wish VALUES ('x', 'Mary')");
    expect(await person("x")).to.deep.equal(all("Mary Queen", "Mary", "Queen"));
    await bench.query("DROP TABLE wish");
  });

  it("carry over what a trigger makes of what they have written themselves", async () => {
    await bench.query(
      "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE person_name SET given = upper(given) WHERE person = NEW.person AND given <> upper(given); RETURN NULL; END'",
    );
    for (const name of ["aaa", "zzzz"]) {
      await bench.query(
        `CREATE TRIGGER ${name} AFTER INSERT OR UPDATE ON person_name FOR EACH ROW EXECUTE FUNCTION shout()`,
      );
      await bench.query("DELETE FROM person");
      await old.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
      expect(await person("x"), name).to.deep.equal(all("ADA King", "ADA", "King"));
      await old.query("UPDATE person SET full_name = 'Eve King'");
      expect(await person("x"), name).to.deep.equal(all("EVE King", "EVE", "King"));
      await bench.query(`DROP TRIGGER ${name} ON person_name`);
    }
    await bench.query("DROP FUNCTION shout");
  });

  it("see what earlier triggers of the application made of a row", async () => {
    await bench.query(
      "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.full_name := btrim(NEW.full_name); RETURN NEW; END'",
    );
    await bench.query(
      "CREATE TRIGGER zzzz_tidy BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION tidy()",
    );
    await old.query("INSERT INTO person (email, full_name) VALUES ('x', '  Ada King ')");
    expect(await person("x")).to.deep.equal(all("Ada King", "Ada", "King"));
    await bench.query("DROP TRIGGER zzzz_tidy ON person");
  });

  it("run for rows that replication or a restore writes", async () => {
    await bench.query("SET session_replication_role = replica");
    await bench.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
    await bench.query("UPDATE person_name SET family = 'Queen'");
    await bench.query("SET session_replication_role = origin");
    expect(await person("x")).to.deep.equal(all("Ada Queen", "Ada", "Queen"));
  });

  it("run for MERGE, COPY, writes through a view and INSERT … ON CONFLICT", async () => {
    await bench.query("CREATE VIEW people AS SELECT * FROM person");
    await bench.query("INSERT INTO people (email, full_name) VALUES ('x', 'Ada King')");
    await bench.query(
      "MERGE INTO person USING (VALUES ('x', 'Eve Queen'), ('y', 'Bob Jack')) AS v (email, name) ON person.email = v.email WHEN MATCHED THEN UPDATE SET full_name = v.name WHEN NOT MATCHED THEN INSERT (email, full_name) VALUES (v.email, v.name)",
    );
    expect(await person("x")).to.deep.equal(all("Eve Queen", "Eve", "Queen"));
    expect(await person("y")).to.deep.equal(all("Bob Jack", "Bob", "Jack"));
    await bench.query(`COPY person (email, full_name) FROM PROGRAM 'printf "z\\tTom Gun\\n"'`);
    expect(await person("z")).to.deep.equal(all("Tom Gun", "Tom", "Gun"));
    await bench.query("DROP VIEW people");
    const upsert =
      "INSERT INTO person_name (person, given) SELECT id, $1 FROM person WHERE email = 'z' ON CONFLICT (person) DO UPDATE SET given = excluded.given";
    await fresh.query(upsert, ["Eve"]);
    expect(await person("z")).to.deep.equal(all("Eve Gun", "Eve", "Gun"));
    await fresh.query("DELETE FROM person_name");
    await fresh.query(upsert, ["Eve"]);
    expect(await person("z")).to.deep.equal(all("Eve", "Eve", null));
    await old.query(
      "INSERT INTO person (email, full_name) VALUES ('z', 'Mae West') ON CONFLICT (email) DO UPDATE SET full_name = excluded.full_name",
    );
    expect(await person("z")).to.deep.equal(all("Mae West", "Mae", "West"));
  });

  it("run for any role that may write one of the tables, and for both colours", async () => {
    await bench.query("DROP ROLE IF EXISTS stranger");
    await bench.query("CREATE ROLE stranger");
    await bench.query("GRANT SELECT, INSERT, UPDATE ON person TO stranger");
    await bench.query("SET ROLE stranger");
    await bench.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
    await bench.query("UPDATE person SET full_name = 'Eve King'");
    await bench.query("RESET ROLE");
    expect(await person("x")).to.deep.equal(all("Eve King", "Eve", "King"));
    await bench.query("REVOKE ALL ON person FROM stranger");
    await bench.query("GRANT SELECT, UPDATE, DELETE ON person_name TO stranger");
    await bench.query("SET ROLE stranger");
    await bench.query("UPDATE person_name SET family = 'Queen'");
    await bench.query("RESET ROLE");
    expect(await person("x")).to.deep.equal(all("Eve Queen", "Eve", "Queen"));
    await old.query("UPDATE person_name SET family = 'Blue'");
    await fresh.query("UPDATE person SET full_name = full_name || ' Green'");
    expect(await person("x")).to.deep.equal(all("Eve Blue Green", "Eve", "Blue Green"));
    await bench.query("DROP OWNED BY stranger");
    await bench.query("DROP ROLE stranger");
  });

  it("refuse a value that the old column cannot keep, in the new version's own statement", async () => {
    await welcome("x", "Ada", "King");
    const error = await fresh
      .query("UPDATE person_name SET family = repeat('x', 60)")
      .catch((error: unknown) => error);
    expect(error).to.have.property("code", "22001");
    expect(await person("x")).to.deep.equal(all("Ada King", "Ada", "King"));
  });

  it("are not even called by a write of something else", async () => {
    const calls = async () => {
      await bench.query("SELECT pg_stat_force_next_flush()");
      const [row] = await bench.query<{ calls: number }>(
        "SELECT sum(calls)::int AS calls FROM pg_stat_user_functions WHERE schemaname = 'zero_downtime'",
      );
      return row?.calls ?? 0;
    };
    await bench.query("SET track_functions = 'all'");
    await bench.query("INSERT INTO person (email, full_name) VALUES ('x', 'Ada King')");
    const before = await calls();
    expect(before).to.be.greaterThan(0);
    await bench.query("UPDATE person SET phone = '1', full_name = full_name");
    await bench.query("UPDATE person_name SET note = '1', given = given");
    expect(await calls()).to.equal(before);
    await bench.query("RESET track_functions");
  });

  it("leave both tables alike after all this", async () => {
    await bench.reach("verified", RELEASE);
  });
});

describe("an old column that requires a value, and moves with one that does not", function () {
  this.timeout(30_000);

  it("gets one where an insert gives none, and the value that was given beside it stays", async () => {
    const bench = await ReleaseBench.create(
      moving(
        {
          "sync.sql": `CREATE FUNCTION to_address(INOUT street text, INOUT city text) LANGUAGE sql IMMUTABLE RETURN ROW(street, city);
CREATE FUNCTION from_address(INOUT street text, INOUT city text) LANGUAGE sql IMMUTABLE RETURN ROW(coalesce(street, ''), coalesce(city, 'unknown'));`,
          "migration.yaml": `${MOVING["migration.yaml"]}    roundTrip: archive\n`,
        },
        "CREATE TABLE person (id int PRIMARY KEY, street text NOT NULL, city text);",
      ),
    );
    try {
      await bench.reach("base", { to: MOVE.from, first: true });
      await bench.reach("expanded", MOVE);
      await bench.reach("filled", MOVE);
      const old = await bench.old();
      await old.query("INSERT INTO person (id, city) VALUES (1, 'Bonn')");
      await (await bench.new()).query("INSERT INTO person (id) VALUES (2)");
      expect(
        await bench.query(
          "SELECT id, t.street, t.city, o.street AS new_street, o.city AS new_city FROM person AS t LEFT JOIN person_address AS o ON o.person_id = t.id ORDER BY id",
        ),
      ).to.deep.equal([
        { id: 1, street: "", city: "Bonn", new_street: "", new_city: "Bonn" },
        { id: 2, street: "", city: "unknown", new_street: null, new_city: null },
      ]);
      await bench.reach("verified", MOVE);
    } finally {
      await bench.end();
    }
  });
});
