import { expect } from "chai";
import type { MigrationFiles } from "../../../../schema/migration/migration-files.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const TABLE = "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL UNIQUE, note text);";
const NOTHING = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";

/** What somebody has made of the old column, and a contract.sql. */
interface Case {
  readonly title: string;
  /** Made by the tables' owner, as only it may drop its things again. */
  readonly made: string;
  readonly contract: string;
  /** What is named; null where contract goes through. */
  readonly user: RegExp | null;
}

const DROP =
  "CREATE UNIQUE INDEX CONCURRENTLY item_new_name ON item (new_name); ALTER TABLE item DROP COLUMN old_name;";

const CASES: readonly Case[] = [
  {
    title: "refuses for a view whose name has that of a dropped one in it",
    made: "CREATE VIEW a AS SELECT id FROM item; CREATE VIEW data AS SELECT old_name FROM item",
    contract: `DROP VIEW a; ${DROP}`,
    user: /rule _RETURN on view public\.data uses old_name of item/,
  },
  {
    title: "refuses for a view of another schema that has the name of a dropped one",
    made: "CREATE SCHEMA other; CREATE VIEW names AS SELECT id FROM item; CREATE VIEW other.names AS SELECT old_name FROM item",
    contract: `DROP VIEW names; ${DROP}`,
    user: /rule _RETURN on view other\.names uses old_name of item/,
  },
  {
    title: "refuses for a view beside a type, a domain and functions that are dropped",
    made: "CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN zip AS text; CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1; CREATE FUNCTION two(int) RETURNS int LANGUAGE sql RETURN 1; CREATE VIEW names AS SELECT old_name FROM item",
    contract: `DROP TYPE mood; DROP DOMAIN zip; DROP FUNCTION one; DROP FUNCTION two(int); ${DROP}`,
    user: /: rule _RETURN on view public\.names uses old_name of item/,
  },
  {
    title: "refuses for a view that is dropped too late",
    made: "CREATE VIEW names AS SELECT old_name FROM item",
    contract: `${DROP} DROP VIEW names;`,
    user: /rule _RETURN on view public\.names uses old_name of item/,
  },
  {
    title: "refuses for a trigger that names the column, and for a policy",
    made: `${NOTHING}; CREATE TRIGGER noted BEFORE UPDATE OF old_name ON item FOR EACH ROW EXECUTE FUNCTION nothing(); CREATE POLICY seen ON item USING (old_name <> '')`,
    contract: DROP,
    user: /: policy seen on table public\.item; trigger noted on table public\.item use old_name of item/,
  },
  {
    title: "refuses for another table's trigger of the same name as a dropped one",
    made: `${NOTHING}; CREATE TABLE shelf (id int); CREATE TRIGGER noted BEFORE UPDATE ON shelf FOR EACH ROW EXECUTE FUNCTION nothing(); CREATE TRIGGER noted BEFORE UPDATE OF old_name ON item FOR EACH ROW EXECUTE FUNCTION nothing()`,
    contract: `DROP TRIGGER noted ON shelf; ${DROP}`,
    user: /: trigger noted on table public\.item uses old_name of item/,
  },
  {
    title: "refuses for one of two functions of the same name",
    made: "CREATE FUNCTION named(int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT old_name FROM item WHERE id = $1; END; CREATE FUNCTION named(bigint) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT old_name FROM item WHERE id = $1; END",
    contract: `DROP FUNCTION named(int); ${DROP}`,
    user: /: function public\.named\(bigint\) uses old_name of item/,
  },
  {
    title: "refuses for what another table references, and for a column that is generated",
    made: "CREATE TABLE shelf (id int, name text REFERENCES item (old_name)); ALTER TABLE item ADD COLUMN upper_name text GENERATED ALWAYS AS (upper(old_name)) STORED",
    contract: DROP,
    user: /: constraint shelf_name_fkey on table public\.shelf; default value for column upper_name of table public\.item use old_name of item/,
  },
  {
    title: "refuses for a view on a table that is dropped whole",
    made: "CREATE TABLE shelf (id int PRIMARY KEY); CREATE VIEW sizes AS SELECT count(*) FROM shelf; CREATE FUNCTION first_of(shelf) RETURNS int LANGUAGE sql RETURN 1",
    contract: `${DROP} DROP TABLE shelf;`,
    user: /: function public\.first_of\(public\.shelf\); rule _RETURN on view public\.sizes use shelf/,
  },
  {
    title:
      "goes through where contract.sql drops before what uses the column: views, functions, triggers, policies, constraints and columns",
    made: `${NOTHING}; CREATE VIEW names AS SELECT old_name FROM item; CREATE SCHEMA other; CREATE VIEW other.names AS SELECT old_name FROM item;
      CREATE FUNCTION named(int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT old_name FROM item WHERE id = $1; END;
      CREATE FUNCTION first_of() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT old_name FROM item LIMIT 1; END;
      CREATE TRIGGER noted BEFORE UPDATE OF old_name ON item FOR EACH ROW EXECUTE FUNCTION nothing(); CREATE POLICY seen ON item USING (old_name <> '');
      CREATE TABLE shelf (id int, name text REFERENCES item (old_name)); ALTER TABLE item ADD COLUMN upper_name text GENERATED ALWAYS AS (upper(old_name)) STORED`,
    contract: `DROP VIEW names, other.names; DROP FUNCTION named(int), first_of; DROP TRIGGER noted ON item; DROP POLICY seen ON item;
      ALTER TABLE shelf DROP CONSTRAINT shelf_name_fkey; ALTER TABLE item DROP COLUMN upper_name; ${DROP}`,
    user: null,
  },
];

describe("contract, where something else uses what it drops", () => {
  for (const { title, made, contract, user } of CASES) {
    it(title, async () => {
      const parts: Partial<MigrationFiles> = { "contract.sql": contract };
      const bench = await ReleaseBench.create(renaming(parts, TABLE));
      try {
        const vacated = { ...RELEASE, vacate: bench.database.roles.blue };
        await bench.reach("base", { to: RELEASE.from, first: true });
        await bench.query("INSERT INTO item VALUES (1, 'a')");
        await bench.query(`SET ROLE ${bench.database.roles.owner}; ${made}; RESET ROLE`);
        await bench.reach("expanded", RELEASE);
        await bench.reach("filled", RELEASE);
        if (user === null) {
          await bench.reach("contracted", vacated);
          return;
        }
        const before = await schemaDump(bench.database);
        expect(await bench.refused({ goal: "contracted", ...vacated })).to.match(user);
        expect(await schemaDump(bench.database)).to.equal(before);
      } finally {
        await bench.end();
      }
    });
  }
});
