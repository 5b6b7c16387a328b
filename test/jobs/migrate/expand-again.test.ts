import { expect } from "chai";
import { postgresBinaries } from "../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer } from "../../../cli/lint/measure/throwaway-server.ts";
import { literal } from "../../../schema/sql/sql.ts";
import { PASSWORD } from "../../support/postgres/launch-postgres.ts";
import { ReleaseBench, type Folder } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";
import { createDatabaseAt } from "../../support/postgres/test-database.ts";

const TABLE = `CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, size int);
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TYPE pair AS (one int);
CREATE DOMAIN word AS text;
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE part (id int NOT NULL, CONSTRAINT part_id CHECK (id IS NOT NULL AND id >= 0 AND id < 9));
CREATE TABLE setting (name text PRIMARY KEY);
CREATE FUNCTION replaced() RETURNS int LANGUAGE sql RETURN 1;
CREATE VIEW shown AS SELECT id FROM item;`;

const ADD = "ALTER TABLE item ADD COLUMN new_name text;";

/**
 * Statements of expand.sql, and the least that lint accepts as undo.sql; none: everything
 * is derived.
 */
interface Case {
  readonly expand: string;
  readonly undo?: string;
}

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  "types, domains, sequences and extensions": [
    { expand: `CREATE TYPE "Colour" AS ENUM ('red'); ALTER TABLE item ADD COLUMN colour "Colour";` },
    {
      expand:
        "CREATE TYPE span AS (low int, high int); CREATE TABLE spanned (id int PRIMARY KEY, span span);",
    },
    { expand: "CREATE TYPE times AS RANGE (subtype = timestamp);" },
    { expand: "CREATE DOMAIN brief AS text CHECK (length(VALUE) < 99); CREATE DOMAIN briefer AS brief;" },
    {
      expand:
        "CREATE SEQUENCE numbers; CREATE TABLE numbered (id int PRIMARY KEY DEFAULT nextval('numbers'));",
    },
    {
      expand:
        "CREATE TABLE counted (id int PRIMARY KEY); CREATE SEQUENCE counts OWNED BY counted.id; ALTER TABLE counted ALTER COLUMN id SET DEFAULT nextval('counts');",
    },
    { expand: "CREATE SEQUENCE IF NOT EXISTS maybe;", undo: "" },
    { expand: "CREATE EXTENSION citext; ALTER TABLE item ADD COLUMN cased citext;" },
    { expand: "ALTER TYPE mood ADD VALUE 'middle' AFTER 'low';", undo: "" },
    { expand: "ALTER TYPE pair ADD ATTRIBUTE two int;" },
    {
      expand:
        "-- allow domain-in-use: it is as the versions write\nALTER DOMAIN word ADD CONSTRAINT word_said CHECK (VALUE <> '') NOT VALID;",
    },
  ],
  "functions and procedures": [
    {
      expand:
        "CREATE FUNCTION doubled(a int, VARIADIC b varchar(9)[], OUT c numeric) LANGUAGE sql RETURN a * 2; CREATE FUNCTION doubled(a text) RETURNS text LANGUAGE sql RETURN a;",
    },
    {
      expand:
        "CREATE FUNCTION note_of(a item.note%TYPE) RETURNS text LANGUAGE sql RETURN a; CREATE FUNCTION name_of(a item.new_name%TYPE) RETURNS text LANGUAGE sql RETURN a;",
    },
    {
      expand:
        "CREATE FUNCTION all_names() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT new_name FROM item; END;",
    },
    { expand: "CREATE PROCEDURE tidy(a int, INOUT b text) LANGUAGE sql AS $$ SELECT b $$;" },
    {
      expand:
        "CREATE FUNCTION feels(a mild) RETURNS bool LANGUAGE sql IMMUTABLE RETURN true; CREATE TYPE mild AS ENUM ('a'); CREATE DOMAIN felt AS mild CHECK (feels(VALUE));",
    },
    {
      expand:
        "CREATE TABLE listed (id int PRIMARY KEY); CREATE FUNCTION all_listed() RETURNS SETOF listed LANGUAGE sql AS 'TABLE listed';",
    },
    {
      expand:
        "CREATE FUNCTION seven() RETURNS int LANGUAGE sql RETURN 7; ALTER TABLE item ADD COLUMN seventh int; ALTER TABLE item ALTER COLUMN seventh SET DEFAULT seven();",
    },
    { expand: "CREATE OR REPLACE FUNCTION replaced() RETURNS int LANGUAGE sql RETURN 2;", undo: "" },
  ],
  "views and statistics": [
    {
      expand:
        "CREATE VIEW named AS SELECT id, new_name FROM item; CREATE VIEW twice_named AS SELECT * FROM named;",
    },
    {
      expand:
        "CREATE MATERIALIZED VIEW stored AS SELECT id, new_name FROM item; CREATE UNIQUE INDEX CONCURRENTLY stored_id ON stored (id); REFRESH MATERIALIZED VIEW CONCURRENTLY stored;",
    },
    {
      expand: "CREATE OR REPLACE VIEW shown AS SELECT id, new_name FROM item;",
      undo: "DROP VIEW IF EXISTS shown; CREATE VIEW shown AS SELECT id FROM item;",
    },
    { expand: "CREATE STATISTICS item_both ON note, size FROM item;" },
  ],
  "tables, what is attached to them, and rows": [
    {
      expand:
        "CREATE TABLE other (id int PRIMARY KEY, a int REFERENCES item); CREATE INDEX other_a ON other (a); INSERT INTO other VALUES (1, NULL); CREATE VIEW others AS SELECT * FROM other;",
    },
    {
      expand:
        "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TABLE stamped (id int PRIMARY KEY); CREATE TRIGGER stamped BEFORE INSERT ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();",
    },
    {
      expand:
        "CREATE FUNCTION may() RETURNS bool LANGUAGE sql RETURN true; CREATE TABLE secret (id int PRIMARY KEY); ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON secret USING (may()); GRANT SELECT ON secret TO PUBLIC; REVOKE ALL ON secret FROM PUBLIC;",
    },
    {
      expand:
        "-- allow create-trigger: it writes nothing\nCREATE TRIGGER looked_at AFTER INSERT ON setting FOR EACH ROW EXECUTE FUNCTION stamp();",
    },
    {
      expand: "-- allow policy-in-use: row security is off\nCREATE POLICY all_seen ON setting USING (true);",
    },
    {
      expand:
        "-- allow insert-into-used-table: nothing else writes it\nINSERT INTO setting VALUES ('b') ON CONFLICT DO NOTHING;",
    },
    {
      expand: "-- allow insert-into-used-table: nothing else writes it\nINSERT INTO setting VALUES ('a');",
      undo: "-- allow unbatched-delete: one row\nDELETE FROM setting WHERE name = 'a';",
    },
  ],
  "partitions, indexes, constraints and what is set on columns": [
    { expand: "ALTER TABLE parted ATTACH PARTITION part FOR VALUES FROM (0) TO (9);" },
    { expand: "CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (20) TO (30);" },
    { expand: "CREATE INDEX CONCURRENTLY item_size ON item (size); COMMENT ON INDEX item_size IS 'sizes';" },
    {
      expand:
        "ALTER TABLE item ADD COLUMN a int; ALTER TABLE item ADD CONSTRAINT item_a CHECK (a > 0) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT item_a;",
    },
    { expand: "COMMENT ON TABLE item IS 'things'; COMMENT ON COLUMN item.new_name IS 'x';" },
    {
      expand: "GRANT SELECT ON item TO PUBLIC; REVOKE GRANT OPTION FOR SELECT ON item FROM PUBLIC;",
      undo: "",
    },
    {
      expand:
        "ALTER TABLE item SET (fillfactor = 80), ALTER COLUMN note SET STATISTICS 500, ALTER COLUMN note SET STORAGE external;",
      undo: "",
    },
  ],
};

describe("an expansion that was undone", function () {
  this.timeout(120_000);

  for (const [what, cases] of Object.entries(GROUPS)) {
    it(`is repeated and ends: ${what}`, async () => {
      const bench = await ReleaseBench.create(folderOf(cases));
      try {
        await thereAndBackAndThere(bench);
      } finally {
        await bench.end();
      }
    });
  }

  it("is repeated and ends on PostgreSQL 14 too", async function () {
    this.timeout(300_000);
    const server = await startThrowawayServer(
      await postgresBinaries(14, (line) => process.stdout.write(`${line}\n`)),
    );
    try {
      const client = await server.connect();
      await client.query(`ALTER ROLE CURRENT_USER PASSWORD ${literal(PASSWORD).text}`);
      await client.end();
      const database = await createDatabaseAt(client.port, "again");
      const bench = ReleaseBench.on(database, folderOf(Object.values(GROUPS).flat()));
      try {
        await thereAndBackAndThere(bench);
      } finally {
        await bench.end();
      }
    } finally {
      await server.end();
    }
  });
});

function folderOf(cases: readonly Case[]): Folder {
  const undo = cases.flatMap((one) => one.undo ?? []);
  return renaming(
    {
      "expand.sql": [ADD, ...cases.map((one) => one.expand)].join("\n"),
      ...(undo.length > 0 ? { "undo.sql": undo.join("\n") } : {}),
    },
    TABLE,
  );
}

async function thereAndBackAndThere(bench: ReleaseBench): Promise<void> {
  await bench.reach("base", { to: RELEASE.from, first: true });
  await bench.query("INSERT INTO item VALUES (1, 'a', NULL, 1)");
  await bench.reach("expanded", RELEASE);
  await bench.reach("filled", RELEASE);
  await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: bench.database.roles.green });
  await bench.reach("expanded", RELEASE);
  await bench.reach("filled", RELEASE);
  await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
  expect(await bench.query("SELECT id, new_name FROM item")).to.deep.equal([{ id: 1, new_name: "a" }]);
}
