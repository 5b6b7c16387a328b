import { expect } from "chai";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const TABLE =
  "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, size int, kept varchar(9) NOT NULL DEFAULT '');";
const DROP = "ALTER TABLE item DROP COLUMN old_name;";
const RIGHT = `${DROP}
ALTER TABLE item ADD CONSTRAINT sized CHECK (size > 0) NOT VALID;
ALTER TABLE item VALIDATE CONSTRAINT sized;
CREATE INDEX CONCURRENTLY item_size ON item (size);
ALTER TABLE item DROP COLUMN note;`;

const folder = (contract: string) => renaming({ "contract.sql": contract }, TABLE);

interface Case {
  readonly title: string;
  readonly contract: string;
  /** Where PostgreSQL refuses it, and why. */
  readonly refused: string;
}

const CASES: readonly Case[] = [
  {
    title: "a typo in its first statement",
    contract: RIGHT.replace("old_name;", "old_name, ALTER COLUMN nowt SET DEFAULT 'x';"),
    refused: `contract.sql:1 (ALTER TABLE item DROP COLUMN old_name, ALTER COLUMN nowt SET DEFAULT 'x'): column "nowt" of relation "item" does not exist`,
  },
  {
    title: "a typo in its middle",
    contract: RIGHT.replace("ON item (size)", "ON item (sizes)"),
    refused: `contract.sql:4 (CREATE INDEX CONCURRENTLY item_size ON item (sizes)): column "sizes" does not exist`,
  },
  {
    title: "a typo in its last statement",
    contract: `${RIGHT}\nALTER TABLE items ADD COLUMN more text;`,
    refused: `contract.sql:6 (ALTER TABLE items ADD COLUMN more text): relation "items" does not exist`,
  },
  {
    title: "a view in the way of a change of type",
    contract: `${RIGHT}\nALTER TABLE item ALTER COLUMN kept TYPE text;`,
    refused: `contract.sql:6 (ALTER TABLE item ALTER COLUMN kept TYPE text): cannot alter type of a column used by a view or rule`,
  },
];

describe("a contract.sql that PostgreSQL refuses", function () {
  this.timeout(120_000);

  for (const { title, contract, refused } of CASES) {
    it(`for ${title}, changes nothing; mended it goes on, and given up everything can be done again`, async () => {
      const bench = await ReleaseBench.create(folder(contract));
      const { roles } = bench.database;
      const contracting = { ...RELEASE, vacate: roles.blue };
      const reason = `Cannot contract 0002-change as PostgreSQL refuses ${refused}. Everything is as it was; edit contract.sql and repeat the stage, or go back`;
      try {
        await fillRelease(bench);
        const before = await everything(bench);
        for (const goal of ["contractible", "contracted"] as const) {
          expect(await bench.refused({ goal, ...contracting })).to.equal(reason);
          expect(await everything(bench)).to.equal(before);
        }
        // Given up: taken back, and done again with a contract.sql that is right.
        await bench.reach("undropped", RELEASE);
        await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: roles.green });
        await leavesNothing(bench);
        await fillRelease(bench);
        // Mended: the new text is taken.
        const mended = await bench.run({ goal: "contracted", ...contracting }, { migrations: folder(RIGHT) });
        expect(mended.ok, mended.summary).to.equal(true);
        const [end] = await bench.query(
          "SELECT (SELECT files->>'contract.sql' FROM zero_downtime.migration WHERE id = '0002-change') AS text, (SELECT jsonb_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'item'::regclass AND attnum > 0 AND NOT attisdropped) AS columns",
        );
        expect(end).to.deep.equal({ text: RIGHT, columns: ["id", "size", "kept", "new_name"] });
      } finally {
        await bench.end();
      }
    });
  }
});

async function fillRelease(bench: ReleaseBench): Promise<void> {
  const isThere = (await bench.query("SELECT to_regclass('item') AS item"))[0]?.["item"] !== null;
  if (!isThere) {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item VALUES (1, 'a', 'n', 1), (2, 'b', NULL, 2)");
    await bench.query("CREATE VIEW reader AS SELECT id, kept FROM item");
  }
  await bench.reach("expanded", RELEASE);
  await bench.reach("filled", RELEASE);
  await bench.reach("verified", { ...RELEASE, record: "switched" });
}

/** All that a later run could depend on, and what the migration is. */
async function everything(bench: ReleaseBench): Promise<string> {
  const states = await bench.query("SELECT id, state, files FROM zero_downtime.migration ORDER BY id");
  return [await schemaDump(bench.database), JSON.stringify(states)].join("\n");
}

async function leavesNothing(bench: ReleaseBench): Promise<void> {
  const tables = await bench.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'zero_downtime' AND tablename ~ '^(old|new)_'",
  );
  expect(tables).to.deep.equal([]);
}
