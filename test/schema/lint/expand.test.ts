import { expect } from "chai";
import type { Consequence } from "../../../schema/lint/finding.ts";
import { refusals } from "../../../schema/lint/lint.ts";
import { ADD, errors, reports } from "./renaming-reports.ts";

describe("a migration's expand.sql", () => {
  // A statement of expand.sql, the rule that refuses it, what happens, and (a part of) what is to
  // be written instead.
  const refusedInExpand: readonly (readonly [
    sql: string,
    rule: string,
    consequence: Consequence,
    instead: string,
  ])[] = [
    [
      "CREATE DOMAIN brief AS varchar(20) CHECK (VALUE <> ''); ALTER TABLE item ADD COLUMN a brief;",
      "add-column-domain",
      "blocks-reads-and-writes",
      "ALTER TABLE item ADD COLUMN a varchar(20);",
    ],
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
      "ALTER TABLE item ADD COLUMN rank int, ADD CHECK (rank > 0) NOT VALID;",
      "constraint-without-name",
      "escapes-the-release",
      "ALTER TABLE item ADD COLUMN rank int, ADD CONSTRAINT item_check CHECK (rank > 0) NOT VALID;",
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
    ["REVOKE INSERT ON item FROM app;", "revoke", "breaks-the-running-version", "-- contract.sql\nREVOKE"],
    [
      "ALTER TABLE item ADD COLUMN a int DEFAULT own.number() + 1;",
      "add-column-volatile-default",
      "blocks-reads-and-writes",
      "ALTER TABLE item ALTER COLUMN a SET DEFAULT own.number() + 1;",
    ],
    ["CREATE ROLE r;", "not-additive", "breaks-the-running-version", "-- contract.sql\n"],
    [`CREATE TABLE ${"t".repeat(64)} (id int);`, "name-too-long", "escapes-the-release", "-- a shorter name"],
    [
      "CREATE SEQUENCE IF NOT EXISTS s;",
      "undo-needed",
      "escapes-the-release",
      'DROP SEQUENCE IF EXISTS "s";',
    ],
  ];
  for (const [statement, rule, consequence, instead] of refusedInExpand) {
    it(`may not say: ${statement}`, async () => {
      const undo = rule === "undo-needed" ? {} : { "undo.sql": "" };
      const found = await reports({ "expand.sql": `${ADD}\n${statement}`, ...undo });
      const findings = found.filter(({ line }) => line === 2).flatMap((report) => report.findings);
      const finding = findings.find((one) => one.rule === rule);
      expect(finding?.consequence, JSON.stringify(findings)).to.equal(consequence);
      expect(finding?.instead ?? "").to.contain(instead);
      expect(refusals(found).join("\n")).to.match(/^0002-change: expand\.sql:2: /);
    });
  }

  const acceptedInExpand = [
    "CREATE TABLE other (id int PRIMARY KEY, a int NOT NULL REFERENCES item, UNIQUE (a)); CREATE INDEX i ON other (a); ALTER TABLE other ALTER COLUMN a SET DEFAULT 1; INSERT INTO other VALUES (1, 1);",
    "CREATE TABLE other (id int, a int); ALTER TABLE other ADD PRIMARY KEY (id), ALTER COLUMN a SET NOT NULL, ALTER COLUMN a TYPE bigint, ADD CHECK (a > 0); INSERT INTO other SELECT id, id FROM item;",
    "ALTER TABLE item ADD COLUMN a timestamptz NOT NULL DEFAULT now(), ADD COLUMN c date DEFAULT CURRENT_DATE;",
    "ALTER TABLE item ADD COLUMN a int NOT NULL DEFAULT 3, ADD COLUMN b text DEFAULT 'x';",
    "ALTER TABLE item ADD COLUMN a uuid; ALTER TABLE item ALTER COLUMN a SET DEFAULT gen_random_uuid();",
    "ALTER TABLE item ADD COLUMN a int REFERENCES other;",
    "ALTER TABLE item ADD COLUMN a int DEFAULT 60 * 60, ADD COLUMN b timestamptz DEFAULT now() + interval '1 day', ADD COLUMN c text[] NOT NULL DEFAULT ARRAY[]::text[];",
    "ALTER TABLE item ADD COLUMN a text DEFAULT lower('X'), ADD COLUMN b bit(3) DEFAULT B'101', ADD COLUMN c interval DEFAULT make_interval(days => 1);",
    "CREATE INDEX CONCURRENTLY i ON item (note);",
    "COMMENT ON TABLE item IS 'x';",
  ];
  for (const statement of acceptedInExpand) {
    it(`may say: ${statement}`, async () => {
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
    "GRANT SELECT ON item TO PUBLIC; REVOKE GRANT OPTION FOR SELECT ON item FROM reader;",
    "CREATE TABLE other (id int); REVOKE ALL ON other FROM PUBLIC;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1; REVOKE ALL ON FUNCTION f() FROM PUBLIC;",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY kept;",
  ];
  for (const statement of acceptedWithUndo) {
    it(`may say, with an undo.sql: ${statement}`, async () => {
      const table =
        "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, short varchar(10), price numeric(10, 2));";
      const found = await reports({ "expand.sql": ADD + statement, "undo.sql": "" }, { table });
      expect(found.flatMap(({ findings }) => findings)).to.deep.equal([]);
    });
  }

  const leftBehind: readonly (readonly [statement: string, undo: string, remedy: RegExp])[] = [
    ["CREATE OR REPLACE VIEW v AS SELECT new_name FROM item;", "", /DROP VIEW IF EXISTS "v";/],
    [
      "CREATE OR REPLACE FUNCTION f() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT new_name FROM item; END;",
      "",
      /DROP FUNCTION IF EXISTS "f"\(\);/,
    ],
    ["-- allow insert-into-used-table: x\nINSERT INTO item VALUES (1);", "", /DELETE FROM item WHERE …/],
    [
      "-- allow rename-enum-value: x\nALTER TYPE mood RENAME VALUE 'a' TO 'b';",
      "-- Nothing.",
      /ALTER … back/,
    ],
    ["-- allow not-additive: x\nCREATE AGGREGATE most(int) (sfunc = int4larger, stype = int);", "", /DROP …/],
  ];
  for (const [statement, undo, remedy] of leftBehind) {
    it(`may not leave what the next expansion meets: ${statement.slice(0, 60)}`, async () => {
      const found = await reports({ "expand.sql": `${ADD}\n${statement}`, "undo.sql": undo });
      expect(refusals(found).join())
        .to.match(/\(undo-needed\)/)
        .and.to.match(remedy);
    });
  }

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

  it("may give a mapped column no default that the sync could not tell from a value", async () => {
    const optional = `description: x
mappings:
  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }`;
    for (const [value, isRefused] of [
      ["60 * 60", true],
      ["now()", true],
      ["'none'", false],
      ["B'1'", false],
    ] as const) {
      const expand = `ALTER TABLE item ADD COLUMN new_name text DEFAULT ${value};`;
      const found = await errors({ "migration.yaml": optional, "expand.sql": expand });
      expect(found.join().includes("(mapped-column)"), value).to.equal(isRefused);
    }
  });
});
