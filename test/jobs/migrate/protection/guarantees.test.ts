import { expect } from "chai";
import { MOVE, moving, MOVING } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const DROP = "ALTER TABLE item DROP COLUMN old_name;";
const table = (rest: string) =>
  `CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text${rest});`;

/** Tries to expand on a table, which somebody has changed. */
async function expand(folder: Folder, changed = "SELECT"): Promise<{ reason: string; log: string }> {
  const bench = await ReleaseBench.create(folder);
  try {
    const release = "0001-table" in folder ? RELEASE : MOVE;
    await bench.reach("base", { to: release.from, first: true });
    await bench.query(changed);
    const before = await schemaDump(bench.database);
    const result = await bench.run({ goal: "expanded", ...release });
    if (!result.ok) expect(await schemaDump(bench.database)).to.equal(before);
    return { reason: result.ok ? "" : result.summary, log: bench.lines.join("\n") };
  } finally {
    await bench.end();
  }
}

describe("a guarantee that PostgreSQL drops together with an old column", () => {
  const refused: readonly (readonly [title: string, folder: Folder, changed: string, reason: RegExp])[] = [
    [
      "a unique constraint over the old column and another one",
      renaming({}, table(", CONSTRAINT once UNIQUE (note, old_name)")),
      "SELECT",
      /constraint once \(UNIQUE \(note, old_name\)\) of item goes with old_name .*\. Add to contract\.sql CREATE UNIQUE INDEX CONCURRENTLY once_new ON item \(note, new_name\); or, where it is to go, ALTER TABLE item DROP CONSTRAINT once/,
    ],
    [
      "a unique index of an expression",
      renaming({}, table("")),
      "CREATE UNIQUE INDEX once ON item (lower(old_name)) WHERE note IS NULL",
      /unique index once .* of item goes with old_name .* DROP INDEX CONCURRENTLY once/,
    ],
    [
      "a check of the old column and another one",
      renaming({}, table(", CONSTRAINT noted CHECK (old_name <> '' OR note IS NOT NULL)")),
      "SELECT",
      /constraint noted \(CHECK .*\) of item goes with old_name .*ADD CONSTRAINT noted_new CHECK \(…\) NOT VALID/,
    ],
    [
      "a check of the old column alone",
      renaming({}, table(", CONSTRAINT known CHECK (old_name IN ('a', 'b'))")),
      "SELECT",
      /constraint known .* of item goes with old_name/,
    ],
    [
      "a foreign key",
      renaming(
        {},
        `CREATE TABLE name (name text PRIMARY KEY); ${table(", CONSTRAINT named FOREIGN KEY (old_name) REFERENCES name")}`,
      ),
      "SELECT",
      /constraint named \(FOREIGN KEY .*ADD CONSTRAINT named_new FOREIGN KEY \(new_name\) REFERENCES … NOT VALID/,
    ],
    [
      "an exclusion constraint",
      renaming({}, table(", CONSTRAINT alone EXCLUDE USING btree (old_name WITH =)")),
      "SELECT",
      /constraint alone \(EXCLUDE USING btree .*ADD CONSTRAINT alone_new EXCLUDE USING …/,
    ],
    [
      "a unique constraint over columns that move to another table",
      moving(
        {},
        "CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL, street text, city text, CONSTRAINT once UNIQUE (street, city));",
      ),
      "SELECT",
      /constraint once .* of person goes with street, city .*CREATE UNIQUE INDEX CONCURRENTLY once_new ON person_address \(street, city\)/,
    ],
  ];
  for (const [title, folder, changed, reason] of refused) {
    it(`is refused before it is lost: ${title}`, async () => {
      expect((await expand(folder, changed)).reason).to.match(reason);
    });
  }

  const accepted: readonly (readonly [title: string, folder: Folder, note: RegExp | null])[] = [
    [
      "contract.sql makes a unique index of the new one",
      renaming(
        { "contract.sql": `CREATE UNIQUE INDEX CONCURRENTLY anew ON item (note, new_name); ${DROP}` },
        table(", CONSTRAINT once UNIQUE (note, old_name)"),
      ),
      null,
    ],
    [
      "contract.sql adds a check of the new one",
      renaming(
        {
          "contract.sql": `ALTER TABLE item ADD CONSTRAINT anew CHECK (new_name IN ('a', 'b')) NOT VALID; ALTER TABLE item VALIDATE CONSTRAINT anew; ${DROP}`,
        },
        table(", CONSTRAINT known CHECK (old_name IN ('a', 'b'))"),
      ),
      null,
    ],
    [
      "contract.sql drops it by its name",
      renaming(
        { "contract.sql": `ALTER TABLE item DROP CONSTRAINT once; ${DROP}` },
        table(", CONSTRAINT once UNIQUE (note, old_name)"),
      ),
      null,
    ],
    [
      "the check is of a text and the new column of another type, which the log says",
      renaming(
        {
          "expand.sql": "ALTER TABLE item ADD COLUMN new_name boolean;",
          "sync.sql": `CREATE FUNCTION there(v text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN v = 'a';
            CREATE FUNCTION back(v boolean) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE WHEN v THEN 'a' ELSE 'b' END;`,
        },
        table(", CONSTRAINT known CHECK (old_name IN ('a', 'b'))"),
      ),
      /^constraint known \(CHECK .*\) of item goes with old_name when contract drops that$/m,
    ],
    [
      "the check only says that there is a value",
      renaming({}, table(", CONSTRAINT known CHECK (old_name IS NOT NULL)")),
      null,
    ],
    [
      "only an index without a guarantee goes, which the log says",
      renaming({}, `${table("")} CREATE INDEX named ON item (note, old_name);`),
      /^index named \(btree \(note, old_name\)\) of item goes with old_name when contract drops that$/m,
    ],
    [
      "moved columns have an equal of it",
      moving(
        {
          "contract.sql": `CREATE UNIQUE INDEX CONCURRENTLY anew ON person_address (street); ${MOVING["contract.sql"] ?? ""}`,
        },
        "CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL, street text UNIQUE, city text);",
      ),
      null,
    ],
  ];
  for (const [title, folder, note] of accepted) {
    it(`is no reason to refuse where ${title}`, async () => {
      const { reason, log } = await expand(folder);
      expect(reason).to.equal("");
      if (note === null) expect(log).not.to.match(/goes with/);
      else expect(log).to.match(note);
    });
  }

  it("that is added in mid-release is asked for before contract drops anything, and named in its log", async () => {
    const bench = await ReleaseBench.create(renaming());
    try {
      const contracted = { ...RELEASE, vacate: bench.database.roles.blue };
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.reach("expanded", RELEASE);
      await bench.reach("filled", RELEASE);
      await bench.query("CREATE UNIQUE INDEX once ON item (old_name); CREATE INDEX slow ON item (old_name)");
      expect(await bench.refused({ goal: "contracted", ...contracted })).to.match(
        /unique index once .*Run now, or add to contract\.sql, CREATE UNIQUE INDEX CONCURRENTLY once_new ON item \(new_name\); or, where it is to go, DROP INDEX CONCURRENTLY once/,
      );
      await bench.query("CREATE UNIQUE INDEX once_new ON item (new_name)");
      await bench.reach("contracted", contracted);
      expect(bench.lines).to.include(
        "index slow (btree (old_name)) of item goes with old_name when contract drops that",
      );
    } finally {
      await bench.end();
    }
  });
});

describe("what follows an old column and not the new one", () => {
  it("is named in the log of expand, with the statement that gives it to the new one", async () => {
    const { reason, log } = await expand(
      renaming(
        {},
        "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL DEFAULT 'none', note text);",
      ),
      "COMMENT ON COLUMN item.old_name IS 'It''s a name'; ALTER TABLE item ALTER COLUMN old_name SET STATISTICS 500, ALTER COLUMN old_name SET (n_distinct = -0.5), ALTER COLUMN old_name SET STORAGE EXTERNAL; CREATE STATISTICS both_names ON old_name, note FROM item",
    );
    expect(reason).to.equal("");
    for (const line of [
      /The default of item\.old_name \('none'::text\) does not follow: .* ALTER TABLE item ALTER COLUMN new_name SET DEFAULT …/,
      /The comment of item\.old_name does not follow: COMMENT ON COLUMN item\.new_name IS 'It''s a name'/,
      /A setting of item\.old_name does not follow: ALTER TABLE item ALTER COLUMN new_name SET STATISTICS 500/,
      /ALTER TABLE item ALTER COLUMN new_name SET \(n_distinct=-0\.5\)/,
      /ALTER TABLE item ALTER COLUMN new_name SET STORAGE EXTERNAL/,
      /Extended statistics of item go with old_name when contract drops that \(CREATE STATISTICS public\.both_names ON old_name, note FROM (public\.)?item\)/,
    ])
      expect(log).to.match(line);
  });
});
