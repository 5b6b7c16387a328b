import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** A migration that cannot be expanded: the rows that it meets and the reason that it is told. */
interface Case {
  readonly title: string;
  readonly folder: Folder;
  /** Run by the superuser after the first migration. */
  readonly prepare?: string;
  readonly reason: RegExp;
}

const fn = (name: string, body: string) =>
  `CREATE FUNCTION ${name}(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN ${body};`;
const back = fn("back", "v");

const numbered = {
  "expand.sql": "ALTER TABLE item ADD COLUMN new_name int;",
  "sync.sql":
    "CREATE FUNCTION there(v int) RETURNS int LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION back(v int) RETURNS int LANGUAGE sql IMMUTABLE RETURN v;",
};

const CASES: readonly Case[] = [
  {
    title: "values that do not survive there and back, with their number and some keys",
    folder: renaming({ "sync.sql": fn("there", "btrim(v)") + back }),
    prepare: "INSERT INTO item VALUES (1, 'a'), (2, ' b'), (3, 'c ')",
    reason:
      /^Cannot expand as every value of item\.old_name must survive there followed by back: 2 of 3 rows do not, such as those with id 2; 3\. .*roundTrip: archive.*nothing was added$/,
  },
  {
    title: "a required column that would stay empty for a row",
    folder: renaming({ "sync.sql": fn("there", "nullif(v, 'x')") + back }),
    prepare: "INSERT INTO item VALUES (1, 'a'), (2, 'x')",
    reason:
      /must give every required column a value, and none that is too long: it does not for 1 of 2 rows of item\.old_name, such as those with id 2\./,
  },
  {
    title: "a value too long for its new column",
    folder: renaming({ "expand.sql": "ALTER TABLE item ADD COLUMN new_name varchar(3);" }),
    prepare: "INSERT INTO item VALUES (1, 'abc'), (2, 'abcd')",
    reason: /none that is too long: it does not for 1 of 2 rows of item\.old_name, such as those with id 2\./,
  },
  {
    title: "a NULL, which the new version may write, becoming NULL in an old column that requires a value",
    folder: renaming({
      "migration.yaml":
        "description: x\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }",
    }),
    reason:
      /back must not make NULL of what the new version may write: for \(NULL\) it leaves old_name without a value/,
  },
  {
    title: "a function that raises for some rows, with how many and which",
    folder: renaming({
      "sync.sql": fn("there", "CASE WHEN v = '' THEN '0' ELSE (v::int)::text END") + back,
    }),
    prepare:
      "INSERT INTO item SELECT i, i::text FROM generate_series(1, 3000) AS i; UPDATE item SET old_name = 'seven' WHERE id IN (7, 2999)",
    reason:
      /must give a value for every row: they raise "invalid input syntax for type integer: "seven"" for 2 rows of item\.old_name, such as those with id 7; 2999\./,
  },
  {
    title: "a table without a primary key, with what to do",
    folder: renaming({}, "CREATE TABLE item (id int, old_name text NOT NULL);"),
    reason: /item has no primary key.*add one first.*Nothing was changed$/,
  },
  {
    title: "a key that is none",
    folder: renaming({}, "CREATE TABLE item (id int, other int PRIMARY KEY, old_name text NOT NULL);"),
    reason: /id is no key of item: its keys are \(other\)/,
  },
  {
    title: "an old column that does not exist, with those that do",
    folder: renaming({}, "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL);"),
    reason: /the old column item\.old_name does not exist: the table has id, name/,
  },
  {
    title: "a new column that exists already",
    folder: renaming(),
    prepare: "ALTER TABLE item ADD COLUMN new_name text",
    reason: /expand\.sql:1: column item\.new_name exists already\. Nothing was changed/,
  },
  {
    title: "a table of somebody else",
    folder: renaming(),
    prepare: "ALTER TABLE item OWNER TO postgres",
    reason: /table item belongs to postgres, and only its owner may change it: set database\.owner/,
  },
  {
    title: "a partitioned table",
    folder: renaming(
      {},
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL) PARTITION BY RANGE (id);",
    ),
    reason:
      /item must be an ordinary table: it is partitioned\. Partitioned tables cannot be mapped, nor can their partitions, .*: add the new columns without a mapping, and let the application fill them and write both forms for the time of a release\. Nothing was changed$/,
  },
  {
    title: "a partition, once and without the advice that is for other children",
    folder: renaming(),
    prepare:
      "CREATE TABLE items (id int NOT NULL, old_name text NOT NULL, note text) PARTITION BY RANGE (id); ALTER TABLE items ATTACH PARTITION item DEFAULT",
    reason:
      /^Cannot expand 0002-change as item must be an ordinary table: it is a partition of public\.items\. Partitioned tables cannot be mapped, nor can their partitions, .* a release\. Nothing was changed$/,
  },
  {
    title: "a table with children",
    folder: renaming(),
    prepare: "CREATE TABLE book (pages int) INHERITS (item); CREATE TABLE film () INHERITS (item)",
    reason:
      /item must have no child tables, .*: public\.book, public\.film inherit from it\. Take those out first \(ALTER TABLE public\.book NO INHERIT item\), or add/,
  },
  {
    title: "a table of which the migration itself makes a child",
    folder: renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text; CREATE TABLE book (pages int) INHERITS (item);",
    }),
    reason: /item must have no child tables, .*: book inherits from it\./,
  },
  {
    title: "an old column that the table inherits",
    folder: renaming(),
    prepare: "CREATE TABLE named (old_name text NOT NULL); ALTER TABLE item INHERIT named",
    reason:
      /item\.old_name is inherited from public\.named, and PostgreSQL drops it only there: take item out first \(ALTER TABLE item NO INHERIT public\.named\)/,
  },
  {
    title: "row level security that binds the owner",
    folder: renaming(),
    prepare: "ALTER TABLE item FORCE ROW LEVEL SECURITY",
    reason: /item forces row level security on its owner/,
  },
  {
    title: "a generated old column",
    folder: renaming(
      {},
      "CREATE TABLE item (id int PRIMARY KEY, a text, old_name text GENERATED ALWAYS AS (a || 'x') STORED);",
    ),
    reason: /item\.old_name is generated, so it cannot be written/,
  },
  {
    title: "an old column that numbers itself, which no version may leave empty",
    folder: renaming(
      numbered,
      "CREATE TABLE item (id int PRIMARY KEY, old_name int GENERATED BY DEFAULT AS IDENTITY);",
    ),
    reason:
      /item\.old_name cannot be left empty, as the new version leaves it, because it is an identity column: ALTER TABLE item ALTER COLUMN old_name DROP IDENTITY in a release of its own first/,
  },
  {
    title: "an old column of the primary key, though another key is walked over",
    folder: renaming(
      numbered,
      "CREATE TABLE item (id int NOT NULL UNIQUE, part int, old_name int, PRIMARY KEY (part, old_name));",
    ),
    reason:
      /item\.old_name cannot be left empty, .* is part of the primary key \(part, old_name\): make other columns the primary key of item/,
  },
  {
    title: "an old column by which logical replication knows rows",
    folder: renaming(
      {},
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL CONSTRAINT known UNIQUE);",
    ),
    prepare: "ALTER TABLE item REPLICA IDENTITY USING INDEX known",
    reason:
      /item\.old_name cannot be left empty, .* logical replication knows rows \(old_name\): ALTER TABLE item REPLICA IDENTITY DEFAULT/,
  },
  {
    title: "a statement that the database refuses, after others that it accepted",
    folder: renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text; ALTER TABLE item ADD COLUMN other missing_type;",
    }),
    reason:
      /^Cannot expand as the database refused a statement: type "missing_type" does not exist\. Everything that was added has been taken away again$/,
  },
  {
    title: "a unique index that the old version's writes need not satisfy",
    folder: renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text;\n-- allow unique-index-in-expand: nobody writes two\nCREATE UNIQUE INDEX CONCURRENTLY u ON item (new_name);",
    }),
    reason:
      /unique index u on new_name would refuse what the old version may write, as old_name is not unique, or is not copied as it is: create it CONCURRENTLY in contract\.sql/,
  },
  ...["", "(3)"].map((limit) => ({
    title: `a function that PostgreSQL refuses for any value, from char(5) to varchar${limit}`,
    folder: renaming(
      {
        "expand.sql": `ALTER TABLE item ADD COLUMN new_name varchar${limit};`,
        "sync.sql": `CREATE FUNCTION there(v bpchar) RETURNS varchar LANGUAGE sql IMMUTABLE RETURN v;
CREATE FUNCTION back(v varchar) RETURNS bpchar LANGUAGE sql IMMUTABLE RETURN v;`,
      },
      "CREATE TABLE item (id int PRIMARY KEY, old_name char(5) NOT NULL, note text);",
    ),
    reason:
      /there must accept .*"attribute 1 of type record has wrong type"\. Let it return its value as text, as in RETURN v::text; nothing was added/,
  })),
  {
    title: "a unique constraint on a mapped column whose old values differ where the new ones may not",
    folder: renaming(
      {
        "expand.sql":
          "ALTER TABLE item ADD COLUMN new_name text;\n-- allow add-key: it is small\n-- allow constraint-on-mapped-column: nobody writes such\nALTER TABLE item ADD CONSTRAINT once UNIQUE (new_name);",
        "sync.sql": `CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(v);
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;`,
      },
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL UNIQUE, note text);",
    ),
    reason: /constraint once on new_name would refuse what the old version may write/,
  },
  {
    title: "a check of a mapped column, whatever lint was told to allow",
    folder: renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text;\n-- allow constraint-on-mapped-column: no name is empty\nALTER TABLE item ADD CONSTRAINT named CHECK (new_name <> '') NOT VALID;",
    }),
    reason:
      /expand\.sql:3: a constraint on new_name would refuse what the old version may write, as the trigger writes it there: add it in contract\.sql/,
  },
  {
    title: "a foreign key of a mapped column",
    folder: renaming(
      {
        "expand.sql":
          "ALTER TABLE item ADD COLUMN new_name text;\n-- allow constraint-on-mapped-column: nobody writes such\nALTER TABLE item ADD CONSTRAINT known FOREIGN KEY (new_name) REFERENCES word (word) NOT VALID;",
      },
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text); CREATE TABLE word (word text PRIMARY KEY);",
    ),
    reason: /a constraint on new_name would refuse what the old version may write/,
  },
  {
    title: "an exclusion constraint that a mapped column is part of",
    folder: renaming({
      "expand.sql":
        "ALTER TABLE item ADD COLUMN new_name text;\n-- allow add-exclusion: it is small\n-- allow constraint-on-mapped-column: nobody writes such\nALTER TABLE item ADD CONSTRAINT alone EXCLUDE (lower(new_name) WITH =);",
    }),
    reason: /a constraint on new_name would refuse what the old version may write/,
  },
  {
    title: "a trigger that would run after ours and change one form only",
    folder: renaming(),
    prepare: `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.old_name := upper(NEW.old_name); RETURN NEW; END';
      CREATE TRIGGER zzzz_shout BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION shout()`,
    reason:
      /trigger zzzz_shout of item would run after the sync trigger zzz_zero_downtime_sync.*give it an earlier name with ALTER TRIGGER … RENAME TO\. Nothing was changed$/,
  },
  {
    title: "all reasons at once",
    folder: renaming({}, "CREATE TABLE item (other int, name text);"),
    reason: /the key column id of item does not exist; and the old column item\.old_name does not exist/,
  },
];

describe("migrate refuses to expand", () => {
  for (const one of CASES) {
    it(`${one.title}, and leaves nothing behind`, async () => {
      const bench = await ReleaseBench.create(one.folder);
      try {
        await bench.reach("base", { to: RELEASE.from, first: true });
        if (one.prepare !== undefined) await bench.query(one.prepare);
        const before = await schemaDump(bench.database);
        const reason = await bench.refused({ goal: "expanded", ...RELEASE });
        expect(reason).to.match(one.reason);
        expect(await schemaDump(bench.database)).to.equal(before);
        const [ledger] = await bench.query("SELECT count(*)::int AS n FROM zero_downtime.migration");
        expect(ledger).to.deep.equal({ n: 1 });
      } finally {
        await bench.end();
      }
    });
  }
});

describe("migrate, on a table with triggers", () => {
  it("tells of each when it runs and what it sees, and expands", async () => {
    const bench = await ReleaseBench.create(renaming());
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      );
      for (const [name, when] of [
        ["early", "BEFORE UPDATE OF old_name"],
        ["late", "AFTER INSERT"],
        ["stamp", "BEFORE UPDATE"],
        ["gone", "AFTER DELETE"],
      ])
        await bench.query(`CREATE TRIGGER ${name} ${when} ON item FOR EACH ROW EXECUTE FUNCTION nothing()`);
      await bench.reach("expanded", RELEASE);
      expect(bench.lines.filter((line) => line.startsWith("Trigger"))).to.deep.equal([
        "Trigger early of item runs before the sync trigger: it sees the form that was written, the other one not yet, and what it changes is carried over; it fires only for statements that name old_name, not for what the sync trigger makes of the other form",
        "Trigger late of item runs after the sync trigger: it sees both forms",
        "Trigger stamp of item runs before the sync trigger: it sees the form that was written, the other one not yet, and what it changes is carried over",
        "Trigger stamp of item also fires for every row that the backfill fills: where it must not, give it WHEN (current_setting('zero_downtime.backfill', true) IS DISTINCT FROM 'on')",
      ]);
    } finally {
      await bench.end();
    }
  });
});
