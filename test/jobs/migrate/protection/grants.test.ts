import { expect } from "chai";
import { MOVE, moving, MOVING } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** A role of its own for each database, as roles belong to the server. */
async function withReader<T>(folder: Folder, work: (bench: ReleaseBench, reader: string) => Promise<T>) {
  const bench = await ReleaseBench.create(folder);
  const reader = `${bench.database.name}_reader`;
  await bench.query(`CREATE ROLE ${reader}`);
  try {
    await bench.reach("base", { to: "0001-table" in folder ? RELEASE.from : MOVE.from, first: true });
    await work(bench, reader);
  } finally {
    await bench.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
    await bench.end();
  }
}

const may = (bench: ReleaseBench, role: string, column: string, privilege: string) =>
  bench
    .query<{ may: boolean }>("SELECT has_column_privilege($1, 'item', $2, $3) AS may", [
      role,
      column,
      privilege,
    ])
    .then(([row]) => row?.may);

describe("privileges on an old column alone", () => {
  it("are given on the new one too, and no others", async () => {
    await withReader(renaming(), async (bench, reader) => {
      const { app, green } = bench.database.roles;
      await bench.query(
        `REVOKE ALL ON item FROM ${app}; GRANT SELECT, INSERT (id, old_name), UPDATE (old_name) ON item TO ${app}; GRANT SELECT (id, old_name) ON item TO ${reader} WITH GRANT OPTION; GRANT UPDATE (note) ON item TO ${reader}`,
      );
      await bench.reach("expanded", RELEASE);
      expect(bench.lines.join("\n")).to.match(
        /Give the new columns the privileges .*: GRANT .*SELECT \("new_name"\) ON "public"\."item" TO "\w+_reader" WITH GRANT OPTION/,
      );
      const found = [];
      for (const privilege of ["SELECT", "SELECT WITH GRANT OPTION", "INSERT", "UPDATE", "REFERENCES"])
        found.push([
          privilege,
          await may(bench, reader, "new_name", privilege),
          await may(bench, green, "new_name", privilege),
        ]);
      expect(found).to.deep.equal([
        ["SELECT", true, true],
        ["SELECT WITH GRANT OPTION", true, false],
        ["INSERT", false, true],
        ["UPDATE", false, true],
        ["REFERENCES", false, false],
      ]);
      await bench.reach("filled", RELEASE);
      await (await bench.new()).query("INSERT INTO item (id, new_name) VALUES (1, 'a')");
      expect(await bench.query("SELECT old_name FROM item")).to.deep.equal([{ old_name: "a" }]);
    });
  });

  it("are not given where the new column is made of others too, and the log says so", async () => {
    const folder = renaming(
      {
        "migration.yaml": `description: Both.
mappings:
  - { table: item, key: id, old: [old_name, note], new: { new_name: optional }, toNew: there, toOld: back, roundTrip: archive }
`,
        "sync.sql": `CREATE FUNCTION there(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE RETURN a;
          CREATE FUNCTION back(v text, OUT old_name text, OUT note text) LANGUAGE sql IMMUTABLE RETURN ROW(coalesce(v, ''), ''::text);`,
        "contract.sql": "ALTER TABLE item DROP COLUMN old_name, DROP COLUMN note;",
      },
      "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text NOT NULL);",
    );
    await withReader(folder, async (bench, reader) => {
      await bench.query(`GRANT SELECT (old_name) ON item TO ${reader}`);
      await bench.reach("expanded", RELEASE);
      expect(await may(bench, reader, "new_name", "SELECT")).to.equal(false);
      expect(bench.lines.join("\n")).to.match(
        /_reader has SELECT on a part of item\.old_name, note only, so it gets none on new_name/,
      );
    });
  });

  it("that come or go in the middle of a release are asked for by name", async () => {
    await withReader(renaming(), async (bench, reader) => {
      await bench.reach("expanded", RELEASE);
      await bench.query(`GRANT SELECT (old_name) ON item TO ${reader}`);
      expect(await bench.refused({ goal: "filled", ...RELEASE })).to.match(
        /_reader has SELECT on old_name of item and not on new_name: GRANT SELECT \(new_name\) ON item TO \w+_reader/,
      );
      await bench.query(`GRANT SELECT (new_name) ON item TO ${reader}`);
      await bench.reach("filled", RELEASE);
      await bench.query(`REVOKE SELECT (old_name) ON item FROM ${reader}`);
      expect(await bench.refused({ goal: "verified", ...RELEASE })).to.match(
        /_reader has SELECT on new_name of item and not on old_name: REVOKE SELECT \(new_name\) ON item FROM \w+_reader/,
      );
      await bench.query(`REVOKE SELECT (new_name) ON item FROM ${reader}`);
      await bench.reach("verified", RELEASE);
    });
  });
});

describe("the privileges of a table to which columns move", () => {
  it("must be those that the roles have on the old columns", async () => {
    await withReader(moving(), async (bench, reader) => {
      await bench.query(`GRANT SELECT (id, street, city) ON person TO ${reader}`);
      const before = await schemaDump(bench.database);
      const reason = await bench.refused({ goal: "expanded", ...MOVE });
      const statement = `GRANT SELECT (person_id, street, city) ON person_address TO ${reader}`;
      expect(reason).to.contain(
        `${reader} has SELECT on person.street, city and not on person_address: add to expand.sql ${statement}`,
      );
      expect(await schemaDump(bench.database)).to.equal(before);
      const migrations = moving({ "expand.sql": `${MOVING["expand.sql"]} ${statement};` });
      const result = await bench.run({ goal: "expanded", ...MOVE }, { migrations });
      expect(result.ok, result.summary).to.equal(true);
      await bench.query(`REVOKE SELECT (street) ON person_address FROM ${reader}`);
      const again = await bench.run({ goal: "filled", ...MOVE }, { migrations });
      expect(again.summary).to.contain(`: run ${statement}`);
    });
  });

  it("may not open what a role cannot read or write now, as default privileges would", async () => {
    await withReader(moving(), async (bench, reader) => {
      const { app, owner } = bench.database.roles;
      await bench.query(
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public GRANT SELECT ON TABLES TO ${reader}; GRANT SELECT (id, name) ON person TO ${reader}; REVOKE UPDATE, INSERT, DELETE ON person FROM ${app}`,
      );
      const reason = await bench.refused({ goal: "expanded", ...MOVE });
      expect(reason).to.contain(`add to expand.sql REVOKE SELECT ON person_address FROM ${reader}`);
      expect(reason).to.contain(
        `add to expand.sql REVOKE INSERT, UPDATE, DELETE ON person_address FROM ${app}`,
      );
      const migrations = moving({
        "expand.sql": `${MOVING["expand.sql"]} REVOKE SELECT ON person_address FROM ${reader}; REVOKE INSERT, UPDATE, DELETE ON person_address FROM ${app};`,
      });
      const result = await bench.run({ goal: "expanded", ...MOVE }, { migrations });
      expect(result.ok, result.summary).to.equal(true);
    });
  });

  it("are enough where everybody has them, or a role of which another one is a member", async () => {
    await withReader(
      moving({ "expand.sql": `${MOVING["expand.sql"]} GRANT SELECT ON person_address TO PUBLIC;` }),
      async (bench, reader) => {
        await bench.query(
          `GRANT SELECT ON person TO PUBLIC, ${reader}; GRANT UPDATE ON person TO ${bench.database.roles.blue}`,
        );
        await bench.reach("expanded", MOVE);
      },
    );
  });
});

describe("a security label of an old column", () => {
  it("must stand at the new one too, at every stage", async () => {
    await withReader(renaming(), async (bench) => {
      const label = (column: string) =>
        `SET allow_system_table_mods = on; INSERT INTO pg_seclabel SELECT attrelid, 'pg_class'::regclass, attnum, 'anon', 'MASKED WITH VALUE NULL' FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = '${column}'`;
      await bench.query(label("old_name"));
      expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
        /anon labels item\.old_name \(MASKED WITH VALUE NULL\), and not new_name of item, .*: add to expand\.sql SECURITY LABEL FOR anon ON COLUMN item\.new_name IS 'MASKED WITH VALUE NULL'/,
      );
      await bench.query("DELETE FROM pg_seclabel");
      await bench.reach("expanded", RELEASE);
      await bench.query(label("old_name"));
      expect(await bench.refused({ goal: "filled", ...RELEASE })).to.match(/: run SECURITY LABEL FOR anon/);
      await bench.query(label("new_name"));
      await bench.reach("filled", RELEASE);
    });
  });
});
