import { expect } from "chai";
import { parseMigration, type MigrationFiles } from "../../schema/migration.ts";
import { renaming } from "../support/small-migrations.ts";

/** Errors of the renaming migration with some of its files replaced. */
async function errors(parts: Partial<MigrationFiles>): Promise<readonly string[]> {
  const files = { ...renaming()["0002-change"], ...parts } as MigrationFiles;
  const parsed = await parseMigration("0002-change", files);
  return "errors" in parsed ? parsed.errors : [];
}

const ADD = "ALTER TABLE item ADD COLUMN new_name text;";

describe("a migration's files", () => {
  it("are accepted when they only add, sync and drop", async () => {
    expect(await errors({})).to.deep.equal([]);
  });

  const refusedInExpand: readonly (readonly [statement: string, reason: RegExp])[] = [
    ["DROP TABLE other;", /TABLE may not be dropped before contract/],
    ["ALTER TABLE item DROP COLUMN note;", /nothing may be dropped before contract/],
    ["ALTER TABLE item RENAME COLUMN note TO notes;", /RENAME is not accepted|RenameStmt/i],
    [
      "ALTER TABLE item ALTER COLUMN note TYPE varchar(9);",
      /AlterColumnType changes what the old version relies on/,
    ],
    ["ALTER TABLE item ALTER COLUMN note SET NOT NULL;", /SetNotNull changes what the old version relies on/],
    ["UPDATE item SET note = '';", /UPDATE is not accepted in a migration: map columns/],
    ["DELETE FROM item;", /DELETE is not accepted/],
    ["TRUNCATE item;", /TRUNCATE is not accepted/],
    ["DO $$ BEGIN END $$;", /DO is not accepted/],
    ["BEGIN;", /leave BEGIN and COMMIT out/],
    ["SET lock_timeout = 1;", /leave SET out/],
    ["CREATE INDEX i ON item (note);", /write CREATE INDEX CONCURRENTLY/],
    ["CREATE INDEX CONCURRENTLY ON item (note);", /give the index a name/],
    ["ALTER TABLE item ADD COLUMN a int NOT NULL;", /a: NOT NULL without a default fails/],
    [
      "ALTER TABLE item ADD COLUMN a uuid DEFAULT gen_random_uuid();",
      /a: a default that is evaluated for each row rewrites the table/,
    ],
    [
      "ALTER TABLE item ADD COLUMN a bigserial;",
      /a: an identity, serial or stored generated column rewrites/,
    ],
    ["ALTER TABLE item ADD COLUMN a int REFERENCES other;", /a: a constraint written at the column/],
    ["ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '');", /c: this constraint is checked under a lock/],
    ["ALTER TABLE item ADD CONSTRAINT c UNIQUE (note);", /for a unique one create an index CONCURRENTLY/],
    ["ALTER TABLE item ADD CHECK (note <> '') NOT VALID;", /give the constraint a name/],
    [
      "ALTER TABLE item ADD CONSTRAINT c CHECK (new_name <> '') NOT VALID;",
      /a constraint on new_name would refuse the old version's writes to rows not filled yet/,
    ],
    ["INSERT INTO item VALUES (1);", /INSERT may only fill a table that this file creates/],
    ["ALTER TABLE public.item ADD COLUMN a int;", /leave the schema out of the name/],
    [
      "CREATE TRIGGER t BEFORE INSERT ON item EXECUTE FUNCTION f();",
      /CreateTrigStmt is not known to be additive/,
    ],
  ];
  for (const [statement, reason] of refusedInExpand) {
    it(`may not say in expand.sql: ${statement}`, async () => {
      const found = await errors({ "expand.sql": `${ADD}\n${statement}`, "undo.sql": "" });
      expect(found.join("\n"))
        .to.match(reason)
        .and.to.match(/^0002-change: expand\.sql:2: /);
    });
  }

  const acceptedInExpand = [
    "CREATE TABLE other (id int PRIMARY KEY, a int NOT NULL REFERENCES item, UNIQUE (a)); CREATE INDEX i ON other (a); ALTER TABLE other ALTER COLUMN a SET DEFAULT 1; INSERT INTO other VALUES (1, 1);",
    "ALTER TABLE item ADD COLUMN a timestamptz NOT NULL DEFAULT now(), ADD COLUMN c date DEFAULT CURRENT_DATE;",
    "ALTER TABLE item ADD COLUMN a int NOT NULL DEFAULT 3, ADD COLUMN b text DEFAULT 'x';",
    "ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '') NOT VALID;",
    "ALTER TABLE item ADD CONSTRAINT f FOREIGN KEY (note) REFERENCES other NOT VALID;",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON item (note);",
    "COMMENT ON TABLE item IS 'x';",
  ];
  for (const statement of acceptedInExpand) {
    it(`may say in expand.sql: ${statement}`, async () => {
      expect(await errors({ "expand.sql": ADD + statement })).to.deep.equal([]);
    });
  }

  it("need an undo.sql for what cannot be derived", async () => {
    const found = await errors({ "expand.sql": `${ADD}\nCREATE SEQUENCE s;` });
    expect(found).to.deep.equal([
      "0002-change: expand.sql:2: no undo can be derived for this statement: write an undo.sql that takes it back",
    ]);
    expect(
      await errors({ "expand.sql": `${ADD}\nCREATE SEQUENCE s;`, "undo.sql": "DROP SEQUENCE IF EXISTS s;" }),
    ).to.deep.equal([]);
    expect(
      (await errors({ "expand.sql": `${ADD}\nCREATE SEQUENCE s;`, "undo.sql": "DROP SEQUENCE s;" })).join(),
    ).to.match(/write DROP … IF EXISTS/);
  });

  it("must agree with each other about columns and functions", async () => {
    const found = await errors({
      "expand.sql": "ALTER TABLE item ADD COLUMN other text;",
      "sync.sql": "CREATE FUNCTION there(a text, b text) RETURNS text LANGUAGE sql RETURN a;",
      "contract.sql": "ALTER TABLE item DROP COLUMN note;",
    });
    expect(found).to.deep.equal([
      "0002-change: migration.yaml: mapping of item: expand.sql does not add the new column new_name to item",
      "0002-change: migration.yaml: mapping of item: there must take 1 argument: it takes 2",
      "0002-change: migration.yaml: mapping of item: sync.sql does not create the function back",
      "0002-change: migration.yaml: mapping of item: contract.sql does not drop the old column old_name of item",
    ]);
  });

  it("tell all that is wrong with migration.yaml", async () => {
    const found = await errors({
      "migration.yaml":
        "mappings:\n  - { table: item, key: id, old: old_name, new: { new_name: needed }, toNew: there, extra: 1 }",
    });
    expect(found.join("\n"))
      .to.match(/migration\.yaml: description: /)
      .and.to.match(/migration\.yaml: mappings\.0\.new\.new_name: /)
      .and.to.match(/migration\.yaml: mappings\.0\.toOld: /)
      .and.to.match(/Unrecognized key: "extra"/);
  });

  it("refuse contradictions in a mapping", async () => {
    const mapping = (text: string) => errors({ "migration.yaml": `description: x\nmappings:\n  - ${text}` });
    expect(
      (
        await mapping(
          "{ table: item, key: old_name, old: old_name, new: { new_name: required }, toNew: there, toOld: back }",
        )
      ).join(),
    ).to.match(/a mapped column cannot be part of the key: old_name/);
    expect(
      (
        await mapping(
          "{ table: item, key: id, old: new_name, new: { new_name: required }, toNew: there, toOld: back }",
        )
      ).join(),
    ).to.match(/a column cannot be old and new at once: new_name/);
    expect(
      (
        await mapping(
          "{ table: item, key: id, old: old_name, new: { new_name: required }, toNew: there, toOld: there }",
        )
      ).join(),
    ).to.match(/toNew and toOld must be two functions/);
  });

  it("may use CONCURRENTLY and only drop by name in contract.sql", async () => {
    expect(
      (await errors({ "contract.sql": "ALTER TABLE item DROP COLUMN old_name; DROP INDEX i;" })).join(),
    ).to.match(/write DROP INDEX CONCURRENTLY/);
    expect(
      (
        await errors({ "contract.sql": "ALTER TABLE item DROP COLUMN old_name; DROP TABLE other CASCADE;" })
      ).join(),
    ).to.match(/CASCADE drops what this file does not name/);
  });
});
