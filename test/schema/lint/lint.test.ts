import { expect } from "chai";
import { refusals } from "../../../schema/lint/lint.ts";
import { RULES } from "../../../schema/lint/rules.ts";
import { ADD, errors, reports } from "./renaming-reports.ts";

describe("a migration's files", () => {
  it("are accepted when they only add, sync and drop", async () => {
    expect(await errors({})).to.deep.equal([]);
  });

  it("may not name a schema where contract.sql drops a table, which would not be archived", async () => {
    for (const [statement, isRefused] of [
      ["DROP TABLE public.item;", true],
      ["DROP TABLE item;", false],
    ] as const) {
      const found = await reports({ "contract.sql": statement });
      const rules = found.flatMap(({ findings }) => findings.map(({ rule }) => rule));
      expect(rules.includes("qualified-name"), statement).to.equal(isRefused);
    }
  });

  it("say so where the type of a column is not known", async () => {
    const found = await reports({
      "expand.sql": `${ADD}\nALTER TABLE adopted ALTER COLUMN a TYPE varchar(20);`,
      "undo.sql": "",
    });
    const [finding] = found.flatMap(({ findings }) => findings);
    expect(finding?.consequence).to.equal("may-block");
    expect(finding?.why).to.match(/no migration here says what a is now/);
    expect(refusals(found)).to.deep.equal([]);
  });

  it("may make a proven column NOT NULL in contract.sql, and no other", async () => {
    const drop = "ALTER TABLE item DROP COLUMN old_name;";
    const prove = `ALTER TABLE item ADD CONSTRAINT n CHECK (note IS NOT NULL) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT n;`;
    const set = "ALTER TABLE item ALTER COLUMN note SET NOT NULL;";
    expect(await errors({ "contract.sql": drop + prove + set })).to.deep.equal([]);
    expect((await errors({ "contract.sql": drop + set })).join()).to.match(
      /blocks reads and writes: .*\(set-not-null\)/,
    );
  });

  it("forget that a column is NOT NULL when contract.sql says so", async () => {
    const contract =
      "ALTER TABLE item ALTER COLUMN old_name DROP NOT NULL; ALTER TABLE item ALTER COLUMN old_name SET NOT NULL; ALTER TABLE item DROP COLUMN old_name;";
    expect((await errors({ "contract.sql": contract })).join()).to.match(/\(set-not-null\)/);
  });

  it("may not write rows in a part of a statement either, in no file", async () => {
    const written: readonly (readonly [statement: string, rule: RegExp])[] = [
      ["WITH gone AS (DELETE FROM item RETURNING id) SELECT * FROM gone;", /\(unbatched-delete\)/],
      ["WITH a AS (UPDATE item SET note = '' RETURNING id) SELECT * FROM a;", /\(unbatched-update\)/],
      ["CREATE TABLE kept AS WITH a AS (DELETE FROM item RETURNING *) TABLE a;", /\(unbatched-delete\)/],
      ["EXPLAIN ANALYZE DELETE FROM item;", /\(unbatched-delete\)/],
      [
        "CREATE TABLE other (id int); WITH a AS (DELETE FROM item RETURNING id) INSERT INTO other SELECT id FROM a;",
        /\(unbatched-delete\)/,
      ],
    ];
    const drop = "ALTER TABLE item DROP COLUMN old_name;";
    for (const [statement, rule] of written) {
      expect((await errors({ "expand.sql": ADD + statement, "undo.sql": "" })).join(), statement).to.match(
        rule,
      );
      expect((await errors({ "contract.sql": drop + statement })).join(), statement).to.match(rule);
    }
    const unwritten = [
      "SELECT count(*) FROM item;",
      "EXPLAIN DELETE FROM item;",
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM item; END;",
    ];
    for (const statement of unwritten) {
      expect(await errors({ "contract.sql": drop + statement }), statement).to.deep.equal([]);
    }
  });

  it("take rights away in contract.sql at the earliest, but for undo.sql, which takes back a GRANT", async () => {
    const revoke = "REVOKE SELECT ON item FROM reader;";
    const drop = "ALTER TABLE item DROP COLUMN old_name;";
    expect((await errors({ "expand.sql": ADD + revoke, "undo.sql": "" })).join()).to.match(/\(revoke\)/);
    expect(await errors({ "contract.sql": drop + revoke })).to.deep.equal([]);
    const granted = `${ADD} GRANT SELECT ON item TO reader;`;
    expect(await errors({ "expand.sql": granted, "undo.sql": revoke })).to.deep.equal([]);
  });

  it("say that the old version gets a function that is replaced, and refuse it where a trigger runs it", async () => {
    const table = `CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text);
      CREATE FUNCTION price(of int, twice int[]) RETURNS int LANGUAGE sql RETURN 1;
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
      CREATE TRIGGER touched BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();`;
    const said = async (sql: string) => {
      const parts = { "expand.sql": `${ADD}\n${sql}`, "undo.sql": "" };
      const found = await reports(parts, { table, judged: (id) => id === "0002-change" });
      return found.flatMap(({ findings }) =>
        findings.map(({ rule, consequence }) => `${rule}: ${consequence}`),
      );
    };
    const replace = (signature: string) => `CREATE OR REPLACE FUNCTION ${signature} LANGUAGE sql RETURN 2;`;
    expect(await said(replace("price(of integer, twice int4[]) RETURNS int"))).to.deep.equal([
      "replace-function: may-surprise",
    ]);
    // Another function of that name.
    expect(await said(replace("price(of text, twice int[]) RETURNS int"))).to.deep.equal([]);
    const body = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;";
    expect(await said(`CREATE OR REPLACE FUNCTION touch() ${body}`)).to.deep.equal([
      "replace-function: breaks-the-running-version",
    ]);
    expect(
      await said(`CREATE FUNCTION own() ${body} CREATE OR REPLACE FUNCTION own() ${body}`),
    ).to.deep.equal([]);
  });

  it("are in use in contract.sql where expand.sql made them", async () => {
    const made = `${ADD} CREATE TABLE other (id int);`;
    const contract = "ALTER TABLE item DROP COLUMN old_name; CREATE INDEX i ON other (id);";
    expect((await errors({ "expand.sql": made, "contract.sql": contract })).join()).to.match(
      /\(create-index\)/,
    );
  });

  it("take back by names that may be gone, in one transaction", async () => {
    const undo = (text: string) => errors({ "expand.sql": `${ADD}\nCREATE SEQUENCE s;`, "undo.sql": text });
    expect(await undo("DROP SEQUENCE IF EXISTS s;")).to.deep.equal([]);
    expect((await undo("DROP SEQUENCE s;")).join()).to.match(/DROP SEQUENCE IF EXISTS s;/);
    expect((await undo("DROP INDEX CONCURRENTLY IF EXISTS i;")).join()).to.match(/\(drop-index\)/);
  });

  it("must agree with each other about columns and functions", async () => {
    const found = await errors({
      "expand.sql": "ALTER TABLE item ADD COLUMN other text;",
      "sync.sql": "CREATE FUNCTION there(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE RETURN a;",
      "contract.sql": "ALTER TABLE item DROP COLUMN note;",
    });
    expect(found).to.deep.equal([
      "0002-change: migration.yaml: escapes the release: mapping of item: expand.sql does not add the new column new_name to item (mapping)",
      "0002-change: migration.yaml: escapes the release: mapping of item: there must take 1 argument: it takes 2 (mapping)",
      "0002-change: migration.yaml: escapes the release: mapping of item: sync.sql does not create the function back (mapping)",
      "0002-change: migration.yaml: escapes the release: mapping of item: contract.sql does not drop the old column old_name of item (mapping)",
    ]);
  });

  it("say how a mapping names another table, where its new column is in one", async () => {
    const found = await errors({
      "expand.sql": "CREATE TABLE label (item int PRIMARY KEY REFERENCES item, new_name text);",
    });
    expect(found.join()).to.match(
      /does not add the new column new_name to item: it is in label; say so with newTable: \{ name: label, key: … \}/,
    );
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
    const contract = (text: string) =>
      errors({ "contract.sql": `ALTER TABLE item DROP COLUMN old_name; ${text}` });
    expect((await contract("DROP INDEX i;")).join()).to.match(/DROP INDEX CONCURRENTLY i;/);
    expect(await contract("DROP INDEX CONCURRENTLY i; DROP TABLE other;")).to.deep.equal([]);
    expect((await contract("DROP TABLE other CASCADE;")).join()).to.match(
      /CASCADE drops what this file does not name/,
    );
    expect((await contract("ALTER TABLE item RENAME COLUMN note TO notes;")).join()).to.match(/\(rename\)/);
  });

  it("quote names in the safe form only where PostgreSQL needs it", async () => {
    const found = await reports({
      "expand.sql": `${ADD}\nALTER TABLE "order" ADD COLUMN "New Id" bigserial;`,
      "undo.sql": "",
    });
    const [finding] = found.flatMap(({ findings }) => findings);
    expect(finding?.instead).to.contain('ALTER TABLE "order" ADD COLUMN "New Id" bigint;');
  });

  it("leave a comment out of the safe form, which would take along what is put behind it", async () => {
    const found = await reports({
      "expand.sql": `${ADD}\nCREATE INDEX item_note ON item (note) WHERE note <> '--' -- few have one\n;`,
      "undo.sql": "",
    });
    const [finding] = found.flatMap(({ findings }) => findings);
    expect(finding?.instead).to.equal(
      "CREATE INDEX CONCURRENTLY item_note ON item (note) WHERE note <> '--';",
    );
  });
});

describe("lint", () => {
  it("names each rule once", () => {
    const ids = RULES.map(({ id }) => id);
    expect(ids).to.deep.equal([...new Set(ids)]);
  });

  it("judges only what it is asked to, and learns from the rest", async () => {
    const parts = { "expand.sql": `${ADD} ALTER TABLE item ALTER COLUMN id TYPE int;`, "undo.sql": "" };
    const found = await reports(parts, { judged: (id) => id === "0002-change" });
    expect(new Set(found.map(({ migration }) => migration))).to.deep.equal(new Set(["0002-change"]));
    expect(refusals(found)).to.deep.equal([]);
  });
});
