import { expect } from "chai";
import type { ColumnFacts, TableFacts } from "../../../schema/state/catalog.ts";
import { acceptedMigration, parseMigration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { restoreFiles } from "../../../schema/restore/files.ts";

const column = (parts: Partial<ColumnFacts> = {}): ColumnFacts => ({
  type: "text",
  typeSchema: "pg_catalog",
  comparison: { schema: "pg_catalog", type: "text" },
  exact: true,
  isText: true,
  notNull: false,
  generated: false,
  identity: false,
  inherited: false,
  collation: null,
  default: null,
  ...parts,
});

const table = (columns: TableFacts["columns"], parts: Partial<TableFacts> = {}): TableFacts => ({
  kind: "r",
  owned: true,
  ownerName: "owner",
  forcedRowSecurity: false,
  rowSecurity: false,
  triggerStates: {},
  redirections: [],
  parents: [],
  isPartition: false,
  children: [],
  estimatedRows: -1,
  columns,
  keys: [["id"]],
  primaryKey: ["id"],
  replicaIdentity: [],
  indexes: {},
  constraints: {},
  triggers: [],
  rowTriggers: [],
  ...parts,
});

const FILES: MigrationFiles = {
  "migration.yaml":
    "description: x\nmappings:\n  - { table: item, key: id, old: a, new: { b: required }, toNew: there, toOld: back }",
  "expand.sql": "ALTER TABLE item ADD COLUMN b text;",
  "sync.sql":
    "CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql RETURN v; CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql RETURN v;",
  "contract.sql": "ALTER TABLE item DROP COLUMN a;",
};

/** The way back of a migration whose table was like this before it contracted. */
async function wayBack(item: TableFacts | null, parts: Partial<MigrationFiles> = {}) {
  const migration = await acceptedMigration("0002-change", { ...FILES, ...parts });
  return restoreFiles(migration, item === null ? null : { item });
}

async function refusals(item: TableFacts | null, parts: Partial<MigrationFiles> = {}): Promise<string> {
  const made = await wayBack(item, parts);
  return "refusals" in made ? made.refusals.join("\n") : "";
}

describe("restoreFiles()", () => {
  it("makes a migration with the sides swapped, by the same functions", async () => {
    const made = await wayBack(
      table({
        id: column(),
        a: column({
          type: "character varying(20)",
          notNull: true,
          default: "''::character varying",
          collation: 'pg_catalog."C"',
        }),
      }),
    );
    if ("refusals" in made) expect.fail(made.refusals.join());
    expect(made.files["expand.sql"]).to.equal(
      `ALTER TABLE "item" ADD COLUMN "a" character varying(20) COLLATE pg_catalog."C" DEFAULT ''::character varying;\n`,
    );
    expect(made.files["contract.sql"]).to.equal(`ALTER TABLE "item" DROP COLUMN "b";\n`);
    const { mappings } = await acceptedMigration("0002-change.restore", made.files);
    expect(mappings).to.deep.equal([
      {
        table: "item",
        key: ["id"],
        old: ["b"],
        new: [{ name: "a", required: true }],
        toNew: "back",
        toOld: "there",
        roundTrip: "archive",
      },
    ]);
  });

  it("makes files that obey the rules of any migration", async () => {
    const made = await wayBack(table({ id: column(), a: column({ notNull: true }) }));
    if ("refusals" in made) expect.fail(made.refusals.join());
    expect(await parseMigration("0003-back", made.files)).to.have.property("migration");
  });

  it("brings checks and foreign keys back when nothing else writes any more, and a unique one as an index before", async () => {
    const made = await wayBack(
      table(
        { id: column(), a: column() },
        {
          indexes: {
            a_once: {
              valid: true,
              unique: true,
              owned: true,
              columns: ["a"],
              definition: "CREATE UNIQUE INDEX a_once ON public.item USING btree (a)",
            },
          },
          constraints: {
            a_once: { validated: true, type: "u", columns: ["a"], definition: "UNIQUE (a) DEFERRABLE" },
            a_short: { validated: true, type: "c", columns: ["a"], definition: "CHECK ((length(a) < 9))" },
            a_known: {
              validated: false,
              type: "f",
              columns: ["a"],
              definition: "FOREIGN KEY (a) REFERENCES public.k(a) NOT VALID",
            },
          },
        },
      ),
    );
    if ("refusals" in made) expect.fail(made.refusals.join());
    expect(made.files["expand.sql"]?.split("\n").slice(1, 2)).to.deep.equal([
      "CREATE UNIQUE INDEX CONCURRENTLY a_once ON public.item USING btree (a);",
    ]);
    expect(made.files["contract.sql"]?.split("\n").slice(0, -1)).to.deep.equal([
      'ALTER TABLE "item" ADD CONSTRAINT "a_once" UNIQUE USING INDEX "a_once" DEFERRABLE;',
      'ALTER TABLE "item" ADD CONSTRAINT "a_short" CHECK ((length(a) < 9)) NOT VALID;',
      'ALTER TABLE "item" VALIDATE CONSTRAINT "a_short";',
      'ALTER TABLE "item" ADD CONSTRAINT "a_known" FOREIGN KEY (a) REFERENCES public.k(a) NOT VALID;',
      'ALTER TABLE "item" DROP COLUMN "b";',
    ]);
  });

  it("names what contract.sql put on columns that stay, as the older version may break it", async () => {
    const made = await wayBack(table({ id: column(), a: column(), b: column() }), {
      "migration.yaml": "description: x",
      "contract.sql": `ALTER TABLE item ADD CONSTRAINT c CHECK (a <> '') NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT c;
        ALTER TABLE item ADD CONSTRAINT momentary CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT momentary;
        ALTER TABLE item ALTER COLUMN a SET NOT NULL; ALTER TABLE item DROP CONSTRAINT momentary;
        CREATE UNIQUE INDEX CONCURRENTLY u ON item (a);`,
    });
    if ("refusals" in made) expect.fail(made.refusals.join());
    expect(made.files["expand.sql"]).to.equal("");
    expect(made.stricter.map(({ what, remedy }) => [what, remedy.text])).to.deep.equal([
      ["constraint c of item", 'ALTER TABLE "item" DROP CONSTRAINT "c"'],
      ["NOT NULL of item.a", 'ALTER TABLE "item" ALTER COLUMN "a" DROP NOT NULL'],
      ["unique index u of item", 'DROP INDEX CONCURRENTLY IF EXISTS "u"'],
    ]);
  });

  it("brings a constraint back that contract.sql replaced under its name", async () => {
    const before = {
      c: { type: "c", validated: true, columns: ["a"], definition: "CHECK ((a <> ''::text))" },
    };
    const made = await wayBack(table({ id: column(), a: column() }, { constraints: before }), {
      "migration.yaml": "description: x",
      "contract.sql": `ALTER TABLE item DROP CONSTRAINT c; ALTER TABLE item ADD CONSTRAINT c CHECK (a <> 'x') NOT VALID;`,
    });
    if ("refusals" in made) expect.fail(made.refusals.join());
    expect(made.stricter.map(({ what }) => what)).to.deep.equal(["constraint c of item"]);
    expect(made.files["contract.sql"]).to.match(
      /ADD CONSTRAINT "c" CHECK \(\(a <> ''::text\)\) NOT VALID;\n.*VALIDATE CONSTRAINT "c";/,
    );
  });

  it("takes back what a migration without contract.sql added, though nothing is recorded", async () => {
    const made = await wayBack(null, {
      "migration.yaml": "description: x",
      "contract.sql": "",
      "sync.sql": "",
      "expand.sql":
        "ALTER TABLE item ADD COLUMN b text; CREATE INDEX CONCURRENTLY i ON item (c); CREATE TABLE t (id int);",
    });
    expect(made).to.have.nested.property(
      "files.contract\\.sql",
      'DROP TABLE "t";\nDROP INDEX CONCURRENTLY IF EXISTS "i";\nALTER TABLE "item" DROP COLUMN "b";\n',
    );
  });

  const only = { "migration.yaml": "description: x", "sync.sql": "" };

  it("adds a column without mapping in one step where its default is evaluated once", async () => {
    const made = await wayBack(
      table({ a: column({ type: "text[]", default: "ARRAY[]::text[]", notNull: true }) }),
      only,
    );
    expect(made).to.have.nested.property(
      "files.expand\\.sql",
      'ALTER TABLE "item" ADD COLUMN "a" text[] DEFAULT ARRAY[]::text[] NOT NULL;\n',
    );
  });

  const cases: readonly (readonly [
    title: string,
    item: TableFacts | null,
    parts: Partial<MigrationFiles>,
    reason: RegExp,
  ])[] = [
    ["what nobody recorded", null, {}, /does not record how the tables were before 0002-change dropped/],
    [
      "an identity column",
      table({ a: column({ identity: true }) }),
      {},
      /item\.a was generated by the database/,
    ],
    [
      "a mapped column whose default is not a constant",
      table({ a: column({ default: "gen_random_uuid()" }) }),
      {},
      /the default of item\.a is not a constant \(gen_random_uuid\(\)\)/,
    ],
    [
      "a mapped column whose default is computed, though it is the same for every row",
      table({ a: column({ type: "integer", default: "(60 * 60)" }) }),
      {},
      /the default of item\.a is not a constant \(\(60 \* 60\)\)/,
    ],
    [
      "an exclusion constraint",
      table(
        { a: column() },
        {
          constraints: {
            x: { validated: true, type: "x", columns: ["a"], definition: "EXCLUDE (a WITH =)" },
          },
        },
      ),
      {},
      /item had a constraint x \(EXCLUDE \(a WITH =\)\)/,
    ],
    [
      "a column without mapping that required a value",
      table({ a: column({ notNull: true }) }),
      only,
      /item\.a required a value and had no constant default/,
    ],
    [
      "a column without mapping in a table without key",
      table({ a: column() }, { primaryKey: [] }),
      only,
      /item has no primary key/,
    ],
    [
      "a dropped table",
      table({ a: column() }),
      { ...only, "contract.sql": "DROP TABLE item;" },
      /contract\.sql:1 \(Drop table item\) cannot be taken back/,
    ],
  ];
  for (const [title, item, parts, reason] of cases) {
    it(`refuses ${title}, with the reason`, async () => {
      expect(await refusals(item, parts)).to.match(reason);
    });
  }
});
