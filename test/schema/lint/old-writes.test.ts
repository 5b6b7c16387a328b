// What expand.sql may ask of rows while the old version writes them: what lint says of it, and what
// PostgreSQL does.
import { expect } from "chai";
import type pg from "pg";
import { postgresBinaries } from "../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer, type ThrowawayServer } from "../../../cli/lint/measure/throwaway-server.ts";
import { isRefusal } from "../../../schema/lint/finding.ts";
import { refusals } from "../../../schema/lint/lint.ts";
import { ADD, reports } from "./renaming-reports.ts";

/** The one with every form below. */
const MAJOR = 18;
const STARTS_WITHIN_MILLISECONDS = 5 * 60_000;

const TABLES = `CREATE DOMAIN word AS text;
CREATE TABLE other (word text UNIQUE, number int, UNIQUE (word, number));
CREATE TABLE item (
  id int PRIMARY KEY,
  old_name text NOT NULL,
  note text,
  code text NOT NULL UNIQUE,
  rank int NOT NULL,
  seen int,
  CONSTRAINT item_seen CHECK (seen > 0 AND seen IS NOT NULL)
);
CREATE TABLE loose (id int NOT NULL);
CREATE TABLE parted (id int NOT NULL) PARTITION BY RANGE (id);
CREATE MATERIALIZED VIEW kept AS SELECT id FROM item;
`;

/** All of them are fine for who knows the tables above only. */
const OLD_WRITES = [
  "INSERT INTO item VALUES (1, 'a', '', 'A', 0, 1)",
  "INSERT INTO item VALUES (2, 'a', '', 'a', 0, 1)",
  "INSERT INTO item VALUES (3, 'a', NULL, 'c', 1, 1)",
  "INSERT INTO item VALUES (4, 'a', 'n', 'd', 1, 1)",
  "INSERT INTO item VALUES (5, 'a', 'n', 'e', 1, 1)",
  "UPDATE item SET note = 'm' WHERE id = 1",
];

const [CONSTRAINT, INDEX] = ["constraint-in-expand", "unique-index-in-expand"];
const MAPPED = "constraint-on-mapped-column";
const ADD_A = "ALTER TABLE item ADD COLUMN a int;";

const refused: readonly (readonly [statements: string, rule: string])[] = [
  ["ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '') NOT VALID;", CONSTRAINT],
  ["ALTER TABLE item ADD CONSTRAINT c CHECK (note <> '');", CONSTRAINT],
  ["ALTER TABLE item ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID;", CONSTRAINT],
  [`${ADD_A} ALTER TABLE item ADD CONSTRAINT c CHECK (a > 0 AND note <> '') NOT VALID;`, CONSTRAINT],
  ["ALTER TABLE item ADD COLUMN a int, ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;", CONSTRAINT],
  ["ALTER TABLE item ADD CONSTRAINT c NOT NULL note NOT VALID;", CONSTRAINT],
  ["ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note) REFERENCES other (word) NOT VALID;", CONSTRAINT],
  [
    `${ADD_A} ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note, a) REFERENCES other (word, number) MATCH FULL NOT VALID;`,
    CONSTRAINT,
  ],
  ["ALTER TABLE item ADD CONSTRAINT c UNIQUE (note);", CONSTRAINT],
  ["ALTER TABLE item ADD CONSTRAINT c EXCLUDE (note WITH =);", CONSTRAINT],
  ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (note);", INDEX],
  ["CREATE UNIQUE INDEX i ON item (note);", INDEX],
  ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (lower(code));", INDEX],
  ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (note) WHERE rank > 0;", INDEX],
  [`${ADD_A} CREATE UNIQUE INDEX CONCURRENTLY i ON item (note) INCLUDE (a);`, INDEX],
  [
    "ALTER TABLE item ADD COLUMN a int DEFAULT 0; CREATE UNIQUE INDEX CONCURRENTLY i ON item (note, a);",
    INDEX,
  ],
  [`${ADD_A} CREATE UNIQUE INDEX CONCURRENTLY i ON item (note, a) NULLS NOT DISTINCT;`, INDEX],
];

const accepted = [
  `${ADD_A} ALTER TABLE item ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT c;`,
  "ALTER TABLE item ADD COLUMN a int, ADD CONSTRAINT c CHECK (a < rank) NOT VALID;",
  "ALTER TABLE item ADD COLUMN a int DEFAULT 3, ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
  "ALTER TABLE item ADD CONSTRAINT c CHECK (rank IS NOT NULL AND seen IS NOT NULL) NOT VALID;",
  `${ADD_A} CREATE INDEX CONCURRENTLY i ON item (note, a); ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note, a) REFERENCES other (word, number) NOT VALID;`,
  `${ADD_A} CREATE UNIQUE INDEX CONCURRENTLY i ON item (a);`,
  `${ADD_A} CREATE UNIQUE INDEX CONCURRENTLY i ON item (lower(note), a);`,
  "CREATE UNIQUE INDEX CONCURRENTLY i ON item (note, id);",
  "CREATE UNIQUE INDEX CONCURRENTLY i ON item (code, lower(note));",
  "ALTER TABLE item ADD COLUMN a boolean DEFAULT false; CREATE UNIQUE INDEX CONCURRENTLY i ON item (note) WHERE a;",
  "CREATE UNIQUE INDEX CONCURRENTLY i ON kept (id);",
  "CREATE INDEX CONCURRENTLY i ON item (note);",
  "CREATE TABLE fresh (a int CHECK (a > 0) UNIQUE); ALTER TABLE fresh ADD CONSTRAINT c CHECK (a < 9) NOT VALID;",
  "ALTER TABLE item ALTER COLUMN seen SET NOT NULL;",
  "ALTER TABLE loose ADD CONSTRAINT b CHECK (id >= 0 AND id < 9) NOT VALID; ALTER TABLE loose VALIDATE CONSTRAINT b; ALTER TABLE parted ATTACH PARTITION loose FOR VALUES FROM (0) TO (9);",
];

const lintOf = (expand: string, rest: { readonly "contract.sql"?: string } = {}) =>
  reports(
    { "expand.sql": `${ADD}\n${expand}`, "undo.sql": "", ...rest },
    { table: TABLES, major: MAJOR, judged: (id) => id === "0002-change" },
  );

describe("what the old version writes while expand.sql has run", () => {
  let server: ThrowawayServer;
  let client: pg.Client;

  before(async function () {
    this.timeout(STARTS_WITHIN_MILLISECONDS);
    const folder = await postgresBinaries(MAJOR, (line) => process.stdout.write(`${line}\n`));
    server = await startThrowawayServer(folder);
    client = await server.connect();
  });

  after(async () => {
    await client.end();
    await server.end();
  });

  /** The error of the first old write that fails after these statements. */
  async function refusedWrite(statements: string): Promise<string | null> {
    await client.query("BEGIN");
    try {
      await client.query(TABLES + statements.replaceAll(" CONCURRENTLY", ""));
      for (const write of OLD_WRITES) {
        const error = await client.query(write).then(
          () => null,
          (reason: unknown) => String(reason),
        );
        if (error !== null) return `${write}: ${error}`;
      }
      return null;
    } finally {
      await client.query("ROLLBACK");
    }
  }

  it("is all accepted before", async () => {
    expect(await refusedWrite("")).to.equal(null);
  });

  for (const [statements, rule] of refused) {
    it(`would be refused, so expand.sql may not say: ${statements}`, async () => {
      expect(await refusedWrite(statements)).to.match(/violates|conflicting/);
      const found = await lintOf(statements);
      const finding = found.flatMap(({ findings }) => findings).find((one) => one.rule === rule);
      expect(finding?.consequence, JSON.stringify(found)).to.equal("breaks-the-running-version");
      expect(finding?.instead).to.match(/^-- contract\.sql\n/);
    });
  }

  // Nothing builds an exclusion constraint without a lock.
  for (const [statements] of refused.filter(([text]) => !text.includes("EXCLUDE"))) {
    it(`is over in contract.sql, which may say what lint proposes instead of: ${statements}`, async () => {
      const found = (await lintOf(statements)).flatMap(({ findings }) => findings);
      const forms = found.filter(isRefusal).flatMap(({ instead }) => instead ?? []);
      expect(forms).to.have.length.above(0);
      for (const form of forms) {
        const columns = statements.includes("ADD COLUMN a") ? ADD_A : "";
        const contract = `ALTER TABLE item DROP COLUMN old_name;\n${form}`;
        expect(refusals(await lintOf(columns, { "contract.sql": contract })), form).to.deep.equal([]);
      }
    });
  }

  for (const statements of accepted) {
    it(`stays accepted, so expand.sql may say: ${statements}`, async () => {
      expect(await refusedWrite(statements)).to.equal(null);
      expect((await lintOf(statements)).flatMap(({ findings }) => findings)).to.deep.equal([]);
    });
  }

  const earlyOnMapped = [
    ["ALTER TABLE item ADD CONSTRAINT c CHECK (new_name <> '') NOT VALID;", MAPPED],
    ["ALTER TABLE item ADD CONSTRAINT c CHECK (new_name IS NOT NULL) NOT VALID;", MAPPED],
    ["ALTER TABLE item ADD CONSTRAINT c NOT NULL new_name NOT VALID;", MAPPED],
    ["ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (new_name) REFERENCES other (word) NOT VALID;", MAPPED],
    ["ALTER TABLE item ADD CONSTRAINT c EXCLUDE (new_name WITH =);", MAPPED],
    ["ALTER TABLE item ADD CONSTRAINT c UNIQUE (new_name);", MAPPED],
    ["ALTER TABLE item ALTER COLUMN new_name SET NOT NULL;", "set-not-null"],
    ["ALTER DOMAIN word ADD CONSTRAINT c CHECK (VALUE <> '') NOT VALID;", "domain-in-use"],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (new_name);", INDEX],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (lower(new_name));", INDEX],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (note) WHERE new_name <> '';", INDEX],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON item (note, new_name);", INDEX],
  ] as const;

  for (const [statement, rule] of earlyOnMapped) {
    it(`would be asked of the old column too, so expand.sql may not say: ${statement}`, async () => {
      const found = (await lintOf(statement)).flatMap(({ findings }) => findings);
      const finding = found.find((one) => one.rule === rule);
      expect(finding?.consequence, JSON.stringify(found)).to.equal("breaks-the-running-version");
      expect(finding?.instead).to.match(/^-- contract\.sql\n/);
    });
  }

  it("may be unique in a new column together with the key", async () => {
    const found = await lintOf("CREATE UNIQUE INDEX CONCURRENTLY i ON item (new_name, id);");
    expect(found.flatMap(({ findings }) => findings)).to.deep.equal([]);
  });

  it("may be said to satisfy a constraint already, with the reason", async () => {
    const found = await lintOf(
      "-- allow constraint-in-expand: no version writes an empty note\nALTER TABLE item ADD CONSTRAINT c CHECK (note <> '') NOT VALID;",
    );
    expect(refusals(found)).to.deep.equal([]);
  });

  it("is named where it would be refused, with what is deleted elsewhere", async () => {
    const found = await lintOf(
      "ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY (note) REFERENCES other (word) NOT VALID;",
    );
    expect(refusals(found).join()).to.match(
      /what it writes to note, and what it deletes from other, would be refused \(constraint-in-expand\)\n {2}write instead:\n {4}-- contract\.sql\n {4}ALTER TABLE item ADD CONSTRAINT c FOREIGN KEY \(note\) REFERENCES other \(word\) NOT VALID;\n {4}ALTER TABLE item VALIDATE CONSTRAINT c;/,
    );
  });
});
