import { readFileSync } from "node:fs";
import { expect } from "chai";
import { lint, refusals } from "../../../schema/lint/lint.ts";
import { parseMigration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { statements } from "../../../schema/plan/plan.ts";
import type { Move } from "../../../schema/migration/move.ts";
import { NO_WRITERS } from "../../../schema/sync/writers.ts";
import { moving, MOVING } from "../../support/postgres/table-move-fixture.ts";

const MANIFEST = MOVING["migration.yaml"];

/** All that is said against a move with these parts. */
async function said(parts: Partial<MigrationFiles>): Promise<string> {
  const migrations = [];
  for (const [id, files] of Object.entries(moving(parts))) {
    const parsed = await parseMigration(id, { "migration.yaml": "", "expand.sql": "", ...files });
    if ("errors" in parsed) return parsed.errors.join("\n");
    migrations.push(parsed.migration);
  }
  return refusals(lint(migrations)).join("\n");
}

const table = (columns: string) => ({ "expand.sql": `CREATE TABLE person_address (${columns});` });
const KEY = "person_id bigint PRIMARY KEY REFERENCES person ON DELETE CASCADE";

describe("a mapping to another table", () => {
  it("is accepted", async () => {
    expect(await said({})).to.equal("");
  });

  it("is accepted as the guide writes it", async () => {
    const guide = readFileSync("docs/move-columns.md", "utf8");
    const [manifest = "", expand = "", sync = ""] = [...guide.matchAll(/^```\w+\n(.*?)^```$/gms)].map(
      ([, text]) => text ?? "",
    );
    const files = { "migration.yaml": manifest, "expand.sql": expand, "sync.sql": sync };
    expect(await said(files)).to.equal("");
    const [guided, tested] = await Promise.all(
      [files, MOVING].map((parts) => parseMigration("0002-address", { ...MOVING, ...parts })),
    );
    const mappings = (parsed: typeof guided) => parsed && "migration" in parsed && parsed.migration.mappings;
    expect(mappings(guided)).to.deep.equal(mappings(tested)).and.to.have.length(1);
  });

  it("may name its key and what it references by constraints, and columns in another order", async () => {
    const found = await said(
      table(
        "city text, street text, person_id int, PRIMARY KEY (person_id), CONSTRAINT whose FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE",
      ),
    );
    expect(found).to.equal("");
  });

  it("may require what its table requires", async () => {
    const required = MANIFEST.replace("street: optional", "street: required");
    expect(
      await said({ "migration.yaml": required, ...table(`${KEY}, street text NOT NULL, city text`) }),
    ).to.equal("");
    expect(await said({ "migration.yaml": required })).to.equal("");
  });

  const REFUSED: readonly (readonly [title: string, parts: Partial<MigrationFiles>, reason: RegExp])[] = [
    [
      "a table that expand.sql does not create",
      { "expand.sql": "ALTER TABLE person_address ADD COLUMN street text, ADD COLUMN city text;" },
      /expand\.sql must create person_address, so that nothing else decides which rows it has/,
    ],
    [
      "a column that the new table does not have",
      table(`${KEY}, street text`),
      /expand\.sql does not add the new column city to person_address/,
    ],
    [
      "a table without that key",
      table(
        "id int PRIMARY KEY, person_id bigint REFERENCES person ON DELETE CASCADE, street text, city text",
      ),
      /person_id must be the primary key of person_address/,
    ],
    [
      "a key that references nothing",
      table("person_id bigint PRIMARY KEY, street text, city text"),
      /person_id of person_address must reference person \(id\) ON DELETE CASCADE, as the old version deletes rows/,
    ],
    [
      "a reference that keeps the old version from deleting",
      table("person_id bigint PRIMARY KEY REFERENCES person, street text, city text"),
      /must reference person \(id\) ON DELETE CASCADE/,
    ],
    [
      "a column that the old version's rows would have no value for",
      table(`${KEY}, street text, city text, country text NOT NULL`),
      /person_address\.country must have a default or allow NULL/,
    ],
    [
      "a value that is required by the table only",
      table(`${KEY}, street text NOT NULL, city text`),
      /person_address\.street is NOT NULL in expand\.sql: call it required/,
    ],
    [
      "a generated column",
      table(`${KEY}, street text, city text GENERATED ALWAYS AS (upper(street)) STORED`),
      /person_address\.city is generated, so it cannot be written/,
    ],
    [
      "a constraint that the old version knows nothing of",
      table(`${KEY}, street text CHECK (street <> ''), city text`),
      /a constraint of person_address would refuse what the old version may write/,
    ],
    [
      "a constraint that is added later in expand.sql",
      {
        "expand.sql": `${MOVING["expand.sql"]} ALTER TABLE person_address ADD CONSTRAINT once UNIQUE (street);`,
      },
      /a constraint of person_address would refuse/,
    ],
    [
      "a column with a constraint that is added later in expand.sql",
      {
        "expand.sql": `${MOVING["expand.sql"]} ALTER TABLE person_address ADD COLUMN code text UNIQUE;`,
      },
      /a constraint of person_address would refuse/,
    ],
    [
      "a table that expand.sql fills itself",
      {
        "expand.sql": `${MOVING["expand.sql"]} INSERT INTO person_address SELECT id, street, city FROM person;`,
      },
      /expand\.sql must leave person_address empty/,
    ],
    [
      "a table that a crash empties",
      { "expand.sql": MOVING["expand.sql"].replace("CREATE TABLE", "CREATE UNLOGGED TABLE") },
      /person_address must be an ordinary table/,
    ],
    [
      "old columns that contract.sql leaves",
      { "contract.sql": "ALTER TABLE person DROP COLUMN street;" },
      /contract\.sql does not drop the old column city of person/,
    ],
    [
      "two mappings to one table",
      {
        "migration.yaml": `${MANIFEST.replace("[street, city]", "street").replace("street: optional, city: optional", "street: optional")}  - { table: person, key: id, old: city, newTable: { name: person_address, key: person_id }, new: { city: optional }, toNew: to_address, toOld: from_address }\n`,
      },
      /one mapping decides which rows person_address has/,
    ],
    [
      "both sides in other tables",
      { "migration.yaml": MANIFEST.replace("    new:", "    oldTable: { name: a, key: b }\n    new:") },
      /only one side can live in another table: newTable or oldTable/,
    ],
    [
      "the mapping's own table",
      { "migration.yaml": MANIFEST.replace("name: person_address", "name: person") },
      /newTable: leave it out, as it is the mapping's own table: person/,
    ],
    [
      "a key of another length",
      { "migration.yaml": MANIFEST.replace("key: person_id", "key: [person_id, part]") },
      /newTable\.key: must have a column for each of the key id: it has person_id, part/,
    ],
    [
      "the old side in another table",
      { "migration.yaml": MANIFEST.replace("newTable", "oldTable") },
      /oldTable is for the way back of a mapping with newTable/,
    ],
  ];

  for (const [title, parts, reason] of REFUSED) {
    it(`refuses ${title}`, async () => {
      expect(await said(parts)).to.match(reason);
    });
  }

  it("is said to make the versions meet in deadlocks", async () => {
    const parsed = await parseMigration("0002-address", MOVING);
    const found = "migration" in parsed ? lint([parsed.migration]).flatMap(({ findings }) => findings) : [];
    expect(found.map(({ rule, consequence }) => [rule, consequence])).to.deep.equal([
      ["mapping-of-two-tables", "may-surprise"],
    ]);
  });

  it("can be told before anything is known of the database", async () => {
    const parsed = await parseMigration("0002-address", MOVING);
    if ("errors" in parsed) throw new Error(parsed.errors.join());
    const lines = (move: Move) =>
      statements(move, parsed.migration, {
        schema: "app",
        tables: {},
        others: [],
        writers: NO_WRITERS,
        ledger: { number: 1, events: {}, migrations: {} },
      }).map((statement) => statement.label);
    expect(lines("expand")).to.include.members([
      "Count the values of person.street, city that to_address and from_address would not give back",
      "Create table person_address",
      "Keep person and person_address in step from now on",
    ]);
    expect(lines("fill")).to.include.members([
      "Fill street, city of person_address",
      "Compare both forms of every row of person",
      "Gather statistics of person_address",
    ]);
    expect(lines("contract")).to.include("Archive person.street, city");
  });
});
