import { expect } from "chai";
import type { Consequence } from "../../../schema/lint/finding.ts";
import { RULES } from "../../../schema/lint/rules.ts";
import { lint, refusals, type LintOptions, type Report } from "../../../schema/lint/lint.ts";
import { parseMigration, type Migration, type MigrationFiles } from "../../../schema/migration.ts";
import { renaming } from "../../support/small-migrations.ts";

/** What lint says of the renaming migration with some of its files replaced. */
async function reports(
  parts: Partial<MigrationFiles>,
  { table, ...options }: LintOptions & { table?: string } = {},
): Promise<readonly Report[]> {
  const migrations: Migration[] = [];
  for (const [id, files] of Object.entries(renaming(parts, table))) {
    const parsed = await parseMigration(id, files as MigrationFiles);
    if ("errors" in parsed) throw new Error(parsed.errors.join("\n"));
    migrations.push(parsed.migration);
  }
  return lint(migrations, options);
}

/** Why the migration would be refused. */
async function errors(parts: Partial<MigrationFiles>): Promise<readonly string[]> {
  try {
    return refusals(await reports(parts));
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

const ADD = "ALTER TABLE item ADD COLUMN new_name text;";

describe("a migration's files", () => {
  it("are accepted when they only add, sync and drop", async () => {
    expect(await errors({})).to.deep.equal([]);
  });

  // A statement of expand.sql, the rule that refuses it, what happens, and (a part of) what is to be written instead.
  const refusedInExpand: readonly (readonly [
    sql: string,
    rule: string,
    consequence: Consequence,
    instead: string,
  ])[] = [
    ["DROP TABLE other;", "drop-early", "destroys-data", "-- contract.sql\nDROP TABLE other;"],
    ["DROP VIEW shown;", "drop-early", "breaks-the-running-version", "-- contract.sql\nDROP VIEW shown;"],
    ["DROP INDEX CONCURRENTLY i;", "drop-early", "breaks-the-running-version", "-- contract.sql\n"],
    [
      "ALTER TABLE item DROP COLUMN note;",
      "drop-column",
      "destroys-data",
      "-- contract.sql\nALTER TABLE item DROP COLUMN note;",
    ],
    [
      "ALTER TABLE item RENAME COLUMN note TO notes;",
      "rename",
      "breaks-the-running-version",
      "old: note, new: { notes: optional }",
    ],
    [
      "ALTER TABLE item RENAME TO thing;",
      "rename",
      "breaks-the-running-version",
      "CREATE VIEW thing AS SELECT * FROM item;",
    ],
    [
      "ALTER TYPE mood RENAME VALUE 'a' TO 'b';",
      "rename-enum-value",
      "breaks-the-running-version",
      "ALTER TYPE mood ADD VALUE 'b' AFTER 'a';",
    ],
    [
      "ALTER TABLE item ALTER COLUMN note TYPE varchar(9);",
      "change-type",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD COLUMN new_note varchar(9);",
    ],
    [
      "ALTER TABLE item ALTER COLUMN id TYPE bigint;",
      "change-type",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD COLUMN new_id bigint;",
    ],
    [
      "ALTER TABLE item ALTER COLUMN note SET NOT NULL;",
      "set-not-null",
      "breaks-the-running-version",
      "ALTER TABLE item VALIDATE CONSTRAINT item_note_not_null;",
    ],
    [
      "ALTER TABLE item ALTER COLUMN old_name DROP NOT NULL;",
      "command-in-expand",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    [
      "ALTER TABLE item ALTER COLUMN note SET DEFAULT 'x';",
      "change-default",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    [
      "ALTER TABLE item ENABLE ROW LEVEL SECURITY;",
      "command-in-expand",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    ["ALTER TABLE item SET UNLOGGED;", "change-logging", "blocks-reads-and-writes", ""],
    [
      "UPDATE item SET note = '';",
      "unbatched-update",
      "blocks-writes",
      "-- migration.yaml: map the columns of item",
    ],
    ["DELETE FROM item;", "unbatched-delete", "blocks-writes", "-- migration.yaml"],
    ["INSERT INTO item SELECT * FROM item;", "insert-into-used-table", "blocks-writes", "a mapping"],
    ["INSERT INTO item VALUES (1);", "insert-into-used-table", "breaks-the-running-version", "contract.sql"],
    ["TRUNCATE item;", "truncate", "destroys-data", "DROP TABLE item;"],
    ["LOCK TABLE item;", "lock-table", "blocks-reads-and-writes", "-- leave it out"],
    ["DO $$ BEGIN END $$;", "opaque-code", "blocks-reads-and-writes", "-- the statements themselves"],
    ["BEGIN;", "transaction-control", "escapes-the-release", "-- leave it out"],
    ["SET lock_timeout = 1;", "session-setting", "escapes-the-release", "-- leave it out"],
    [
      "CREATE INDEX i ON item (note);",
      "create-index",
      "blocks-writes",
      "CREATE INDEX CONCURRENTLY i ON item (note);",
    ],
    [
      "CREATE INDEX CONCURRENTLY ON item (note);",
      "index-without-name",
      "escapes-the-release",
      "CREATE INDEX CONCURRENTLY item_idx ON item (note);",
    ],
    ["REINDEX TABLE item;", "reindex", "blocks-writes", "REINDEX TABLE CONCURRENTLY item;"],
    ["VACUUM FULL item;", "vacuum", "fails", "pg_repack"],
    ["CLUSTER item USING item_pkey;", "cluster", "blocks-reads-and-writes", "pg_repack"],
    [
      "ALTER TABLE item ADD COLUMN a int NOT NULL;",
      "add-column-not-null",
      "fails",
      "ALTER TABLE item ADD COLUMN a integer;",
    ],
    [
      "ALTER TABLE item ADD COLUMN a uuid DEFAULT gen_random_uuid();",
      "add-column-volatile-default",
      "blocks-reads-and-writes",
      "ALTER TABLE item ALTER COLUMN a SET DEFAULT gen_random_uuid();",
    ],
    [
      "ALTER TABLE item ADD COLUMN a bigserial;",
      "add-column-serial",
      "blocks-reads-and-writes",
      "SET DEFAULT nextval('item_a_seq');",
    ],
    [
      "ALTER TABLE item ADD COLUMN a int GENERATED ALWAYS AS IDENTITY;",
      "add-column-identity",
      "blocks-reads-and-writes",
      "CREATE SEQUENCE item_a_seq;",
    ],
    [
      "ALTER TABLE item ADD COLUMN a int GENERATED ALWAYS AS (id * 2) STORED;",
      "add-column-generated",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD COLUMN a integer;",
    ],
    [
      "ALTER TABLE item ADD COLUMN a int CHECK (a > 0);",
      "add-column-constraint",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD CONSTRAINT item_a_check CHECK (a > 0) NOT VALID;",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '');",
      "add-check",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '') NOT VALID;\nALTER TABLE item VALIDATE CONSTRAINT c;",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c UNIQUE (note);",
      "add-key",
      "blocks-reads-and-writes",
      "CREATE UNIQUE INDEX CONCURRENTLY c ON item (note);\nALTER TABLE item ADD CONSTRAINT c UNIQUE USING INDEX c;",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note) REFERENCES other;",
      "add-foreign-key",
      "blocks-writes",
      "ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note) REFERENCES other NOT VALID;",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c EXCLUDE (note WITH =);",
      "add-exclusion",
      "blocks-reads-and-writes",
      "",
    ],
    [
      "ALTER TABLE item ADD CHECK (note <> '') NOT VALID;",
      "constraint-without-name",
      "escapes-the-release",
      "ALTER TABLE item ADD CONSTRAINT item_check CHECK (note <> '') NOT VALID;",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c CHECK (new_name <> '') NOT VALID;",
      "constraint-on-mapped-column",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    [
      "ALTER TABLE item DROP CONSTRAINT item_pkey;",
      "drop-constraint",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    [
      "ALTER TABLE item ADD CONSTRAINT c CHECK (id > 0) NOT VALID, VALIDATE CONSTRAINT c;",
      "validate-constraint",
      "blocks-reads-and-writes",
      "ALTER TABLE item VALIDATE CONSTRAINT c;",
    ],
    [
      "ALTER TABLE parted ATTACH PARTITION part FOR VALUES FROM (1) TO (2);",
      "attach-partition",
      "blocks-reads-and-writes",
      "ALTER TABLE part VALIDATE CONSTRAINT part_bound;",
    ],
    [
      "ALTER TABLE parted DETACH PARTITION part CONCURRENTLY;",
      "detach-partition",
      "fails",
      "-- contract.sql\nALTER TABLE parted DETACH PARTITION part;",
    ],
    [
      "REFRESH MATERIALIZED VIEW kept;",
      "refresh-view",
      "blocks-reads-and-writes",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY kept;",
    ],
    [
      "CREATE TRIGGER t BEFORE INSERT ON item EXECUTE FUNCTION f();",
      "create-trigger",
      "breaks-the-running-version",
      "-- contract.sql\n",
    ],
    [
      "ALTER DOMAIN word ADD CONSTRAINT w CHECK (VALUE <> '');",
      "domain-constraint",
      "blocks-writes",
      "NOT VALID;",
    ],
    [
      "ALTER TABLE public.item ADD COLUMN a int;",
      "qualified-name",
      "escapes-the-release",
      "ALTER TABLE item ADD COLUMN a int;",
    ],
    ["CREATE ROLE r;", "not-additive", "breaks-the-running-version", "-- contract.sql\n"],
    [`CREATE TABLE ${"t".repeat(64)} (id int);`, "name-too-long", "escapes-the-release", "-- a shorter name"],
    ["CREATE SEQUENCE s;", "undo-needed", "escapes-the-release", "-- undo.sql"],
  ];
  for (const [statement, rule, consequence, instead] of refusedInExpand) {
    it(`may not say in expand.sql: ${statement}`, async () => {
      const undo = rule === "undo-needed" ? {} : { "undo.sql": "" };
      const found = await reports({ "expand.sql": `${ADD}\n${statement}`, ...undo });
      const findings = found.filter(({ line }) => line === 2).flatMap((report) => report.findings);
      const finding = findings.find((one) => one.rule === rule);
      expect(finding?.consequence, JSON.stringify(findings)).to.equal(consequence);
      expect(finding?.instead ?? "").to.contain(instead);
      expect(refusals(found).join("\n")).to.match(/^0002-change: expand\.sql:2: /);
    });
  }

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

  const acceptedInExpand = [
    "CREATE TABLE other (id int PRIMARY KEY, a int NOT NULL REFERENCES item, UNIQUE (a)); CREATE INDEX i ON other (a); ALTER TABLE other ALTER COLUMN a SET DEFAULT 1; INSERT INTO other VALUES (1, 1);",
    "CREATE TABLE other (id int, a int); ALTER TABLE other ADD PRIMARY KEY (id), ALTER COLUMN a SET NOT NULL, ALTER COLUMN a TYPE bigint, ADD CHECK (a > 0); INSERT INTO other SELECT id, id FROM item;",
    "ALTER TABLE item ADD COLUMN a timestamptz NOT NULL DEFAULT now(), ADD COLUMN c date DEFAULT CURRENT_DATE;",
    "ALTER TABLE item ADD COLUMN a int NOT NULL DEFAULT 3, ADD COLUMN b text DEFAULT 'x';",
    "ALTER TABLE item ADD COLUMN a uuid; ALTER TABLE item ALTER COLUMN a SET DEFAULT gen_random_uuid();",
    "ALTER TABLE item ADD COLUMN a int REFERENCES other;",
    "ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '') NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT c;",
    "ALTER TABLE item ADD CONSTRAINT f FOREIGN KEY (note) REFERENCES other NOT VALID;",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON item (note);",
    "COMMENT ON TABLE item IS 'x';",
  ];
  for (const statement of acceptedInExpand) {
    it(`may say in expand.sql: ${statement}`, async () => {
      expect(await errors({ "expand.sql": ADD + statement })).to.deep.equal([]);
    });
  }

  const acceptedWithUndo = [
    "ALTER TABLE item ALTER COLUMN short TYPE varchar(20);",
    "ALTER TABLE item ALTER COLUMN short TYPE varchar;",
    "ALTER TABLE item ALTER COLUMN short TYPE text;",
    "ALTER TABLE item ALTER COLUMN price TYPE numeric(12, 2);",
    "ALTER TABLE item ALTER COLUMN short SET STATISTICS 500, SET (fillfactor = 80);",
    "CREATE VIEW shown AS SELECT id FROM item;",
    "ALTER TYPE mood ADD VALUE 'b' AFTER 'a';",
    "CREATE SEQUENCE s;",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY kept;",
  ];
  for (const statement of acceptedWithUndo) {
    it(`may say in expand.sql, with an undo.sql: ${statement}`, async () => {
      const table =
        "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, short varchar(10), price numeric(10, 2));";
      const found = await reports({ "expand.sql": ADD + statement, "undo.sql": "" }, { table });
      expect(found.flatMap(({ findings }) => findings)).to.deep.equal([]);
    });
  }

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
      "sync.sql": "CREATE FUNCTION there(a text, b text) RETURNS text LANGUAGE sql RETURN a;",
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

  it("give safe forms that may stand where the statement stood", async () => {
    for (const [statement, rule] of refusedInExpand) {
      const found = await reports({ "expand.sql": `${ADD}\n${statement}`, "undo.sql": "" });
      const finding = found.flatMap(({ findings }) => findings).find((one) => one.rule === rule);
      const forms = (finding?.instead ?? "").split(/^--.*$/m)[0] ?? "";
      // What the author has to fill in cannot be tried.
      if (forms.trim() === "" || forms.includes("…")) continue;
      const judged = await reports({ "expand.sql": `${ADD}\n${forms}`, "undo.sql": "" });
      expect(refusals(judged), `${statement} → ${forms}`).to.deep.equal([]);
    }
  });
});

describe("an allowance", () => {
  const withComment = async (comment: string, statement = "CREATE INDEX i ON item (note);") =>
    reports({ "expand.sql": `${ADD}\n${comment}\n${statement}` });

  it("lets the statement below it stand, for the reason written", async () => {
    const found = await withComment("-- allow create-index: a handful of rows\n-- and never more");
    expect(refusals(found)).to.deep.equal([]);
    expect(found.flatMap(({ findings }) => findings).map(({ allowed }) => allowed)).to.deep.equal([
      "a handful of rows",
    ]);
  });

  const rejected: readonly (readonly [comment: string, reason: RegExp])[] = [
    ["-- allow create-index:", /an allowance needs a reason/],
    ["-- allow create-index", /an allowance needs a reason/],
    ["-- allow create-indexes: few rows", /there is no rule "create-indexes": add-check, /],
    ["-- allow create-index: few rows\n", /it stands above no statement/],
    ["-- allow add-check: few rows", /does nothing that needs it/],
  ];
  for (const [comment, reason] of rejected) {
    it(`allows nothing and is told when it says: ${JSON.stringify(comment)}`, async () => {
      const found = await withComment(comment);
      expect(refusals(found).join()).to.match(/\(create-index\)/);
      const told = found.flatMap(({ findings }) => findings).find(({ rule }) => rule === "allowance");
      expect(told?.why).to.match(reason);
    });
  }

  it("cannot let the runner lose its guard", async () => {
    const found = await withComment("-- allow transaction-control: I know better", "COMMIT;");
    expect(refusals(found).join()).to.match(/escapes the release cannot be allowed/);
  });

  it("is none inside of a function's body", async () => {
    const found = await withComment(
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- allow create-index: x\nSELECT 1 $$;",
      "",
    );
    expect(found.flatMap(({ findings }) => findings).map(({ rule }) => rule)).to.deep.equal(["undo-needed"]);
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
