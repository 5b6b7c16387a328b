import { expect } from "chai";
import type { MigrationFiles } from "../../../../schema/migration/migration-files.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const TABLE =
  "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text, size int); CREATE TABLE shelf (id int PRIMARY KEY);";
const DROP = "ALTER TABLE item DROP COLUMN old_name;";
/** Three rows: the notes é, é and none, the sizes 1, 1 and 2. */
const ROWS = "INSERT INTO item VALUES (1, 'a', 'é', 1), (2, 'b', 'é', 1), (3, 'c', NULL, 2)";

/** What contract.sql adds, and what is told of the rows; null where contract goes through. */
interface Case {
  readonly title: string;
  readonly adds: string;
  readonly told: string | null;
}

const CASES: readonly Case[] = [
  {
    title: "a NOT NULL",
    adds: "ALTER TABLE item ADD CONSTRAINT noted CHECK (note IS NOT NULL) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT noted; ALTER TABLE item ALTER COLUMN note SET NOT NULL;",
    told: `1 row breaks CHECK (note IS NOT NULL) of item (see SELECT * FROM "public"."item" WHERE NOT (note IS NOT NULL)); and 1 row breaks NOT NULL of note of item (see SELECT * FROM "public"."item" WHERE "note" IS NULL)`,
  },
  {
    title: "a check with parentheses in its texts",
    adds: "/* é */ ALTER TABLE item ADD CONSTRAINT sized CHECK (note <> 'é)' AND (item.size) > 1) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT sized;",
    told: `2 rows break CHECK (note <> 'é)' AND (item.size) > 1) of item (see SELECT * FROM "public"."item" WHERE NOT (note <> 'é)' AND (item.size) > 1))`,
  },
  {
    title: "a unique index",
    adds: "CREATE UNIQUE INDEX CONCURRENTLY item_size ON item (size);",
    told: `1 value is in more than one row, against UNIQUE (size) of item (see SELECT "size", count(*) FROM "public"."item" WHERE ("size" IS NOT NULL) GROUP BY "size" HAVING count(*) > 1)`,
  },
  {
    title: "a unique index of some rows",
    adds: "CREATE UNIQUE INDEX CONCURRENTLY item_size ON item (size) WHERE id < 3;",
    told: `1 value is in more than one row, against UNIQUE (size) WHERE id < 3 of item (see SELECT "size", count(*) FROM "public"."item" WHERE (id < 3) AND ("size" IS NOT NULL) GROUP BY "size" HAVING count(*) > 1)`,
  },
  {
    title: "conditions with a comment at their end",
    adds: "ALTER TABLE item ADD CONSTRAINT sized CHECK (size > 1 -- (one is none\n) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT sized; CREATE UNIQUE INDEX CONCURRENTLY item_size ON item (size) WHERE id < 3 /* the oldest */;",
    told: `2 rows break CHECK (size > 1) of item (see SELECT * FROM "public"."item" WHERE NOT (size > 1)); and 1 value is in more than one row, against UNIQUE (size) WHERE id < 3 of item (see SELECT "size", count(*) FROM "public"."item" WHERE (id < 3) AND ("size" IS NOT NULL) GROUP BY "size" HAVING count(*) > 1)`,
  },
  {
    title: "a foreign key",
    adds: "ALTER TABLE item ADD CONSTRAINT placed FOREIGN KEY (size) REFERENCES shelf (id) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT placed;",
    told: `3 rows break FOREIGN KEY (size) REFERENCES shelf (id) of item (see SELECT a.* FROM "public"."item" AS a WHERE (a."size" IS NOT NULL) AND NOT EXISTS (SELECT FROM "public"."shelf" AS b WHERE (b."id" = a."size")))`,
  },
  {
    title: "a check that lets be what is there",
    adds: "ALTER TABLE item ADD CONSTRAINT sized CHECK (size > 1) NOT VALID;",
    told: null,
  },
  {
    title: "demands that all rows meet: a check may be unknown, and no two NULLs are the same",
    adds: "ALTER TABLE item ADD CONSTRAINT noted CHECK (note <> '') NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT noted; CREATE UNIQUE INDEX CONCURRENTLY item_both ON item (new_name, note);",
    told: null,
  },
];

describe("contract, of what it adds itself", function () {
  this.timeout(60_000);

  for (const { title, adds, told } of CASES) {
    it(`${told === null ? "goes through with" : "refuses, while there is a way back, for rows that break"} ${title}`, async () => {
      const contract: Partial<MigrationFiles> = { "contract.sql": adds + DROP };
      const bench = await ReleaseBench.create(renaming(contract, TABLE));
      try {
        const vacated = { ...RELEASE, vacate: bench.database.roles.blue };
        await bench.reach("base", { to: RELEASE.from, first: true });
        await bench.query(ROWS);
        await bench.reach("expanded", RELEASE);
        await bench.reach("filled", RELEASE);
        await bench.reach("verified", { ...RELEASE, record: "switched" });
        if (told === null) {
          await bench.reach("contracted", vacated);
          return;
        }
        const reason = `Cannot contract 0002-change as rows that are there break what contract.sql adds: ${told}. Clean them, then repeat the stage; everything is as it was`;
        expect(await bench.refused({ goal: "contractible", ...vacated })).to.equal(reason);
        expect(await bench.refused({ goal: "contracted", ...vacated })).to.equal(reason);
        // The way back is still open.
        await bench.reach("base", { ...vacated, to: RELEASE.from, vacate: bench.database.roles.green });
      } finally {
        await bench.end();
      }
    });
  }
});
