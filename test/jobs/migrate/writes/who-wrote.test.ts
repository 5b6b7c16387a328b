import { expect } from "chai";
import type pg from "pg";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** A table with its two sides, filled, and what one version's write leaves in a row. */
async function onTable(
  { table, added, toNew, toOld }: { table: string; added: string; toNew: string; toOld: string },
  work: (world: {
    bench: ReleaseBench;
    old: pg.Client;
    fresh: pg.Client;
    row: (id: number) => Promise<object | undefined>;
  }) => Promise<void>,
): Promise<void> {
  const [oldColumn = "", newColumn = ""] = [/^(\w+)/.exec(table), /^(\w+)/.exec(added)].map(
    (found) => found?.[1] ?? "",
  );
  const bench = await ReleaseBench.create(
    renaming(
      {
        "migration.yaml": `description: x\nmappings:\n  - { table: item, key: id, old: ${oldColumn}, new: { ${newColumn}: optional }, toNew: there, toOld: back, roundTrip: archive }`,
        "expand.sql": `ALTER TABLE item ADD COLUMN ${added};`,
        "sync.sql": `CREATE FUNCTION there${toNew}; CREATE FUNCTION back${toOld};`,
        "contract.sql": `ALTER TABLE item DROP COLUMN ${oldColumn};`,
      },
      `CREATE TABLE item (id int PRIMARY KEY, ${table});`,
    ),
  );
  try {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item (id) VALUES (1)");
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    const row = async (id: number) =>
      (await bench.query(`SELECT ${oldColumn}, ${newColumn} FROM item WHERE id = $1`, [id]))[0];
    await work({ bench, old: await bench.old(), fresh: await bench.new(), row });
    await bench.reach("verified", RELEASE);
  } finally {
    await bench.end();
  }
}

const ROLE = {
  table: "is_admin boolean",
  added: "role text DEFAULT 'user'",
  toNew:
    "(v boolean) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE v WHEN true THEN 'admin' WHEN false THEN 'user' END",
  toOld:
    "(v text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN CASE v WHEN 'admin' THEN true WHEN 'user' THEN false END",
};

const same = (type: string) => `(v ${type}) RETURNS ${type} LANGUAGE sql IMMUTABLE RETURN v`;
const ROAD = {
  table: "street text DEFAULT 'unknown'",
  added: "road text",
  toNew: same("text"),
  toOld: same("text"),
};

describe("what the new version inserts", () => {
  it("stays as it is where it equals the default of its column, whether it was written or left out", async () => {
    await onTable(ROLE, async ({ fresh, row }) => {
      await fresh.query("INSERT INTO item (id, role) VALUES (10, 'user')");
      await fresh.query("INSERT INTO item (id) VALUES (11)");
      await fresh.query("INSERT INTO item (id, role) VALUES (12, NULL)");
      expect(await row(10)).to.deep.equal({ role: "user", is_admin: false });
      expect(await row(11)).to.deep.equal({ role: "user", is_admin: false });
      expect(await row(12)).to.deep.equal({ role: null, is_admin: null });
    });
  });

  it("stays NULL where the old column has a default", async () => {
    await onTable(ROAD, async ({ fresh, row }) => {
      await fresh.query("INSERT INTO item (id, road) VALUES (10, NULL)");
      await fresh.query("INSERT INTO item (id) VALUES (11)");
      expect(await row(10)).to.deep.equal({ street: null, road: null });
      expect(await row(11)).to.deep.equal({ street: null, road: null });
    });
  });

  it("reaches EXCLUDED of an upsert as it was written", async () => {
    await onTable(ROAD, async ({ fresh, row }) => {
      const upsert =
        "INSERT INTO item (id, road) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET road = EXCLUDED.road";
      for (const road of ["a", null, "unknown"]) {
        await fresh.query(upsert, [road]);
        expect(await row(1)).to.deep.equal({ street: road, road });
      }
    });
  });

  it("is made of the old side where it writes only that one, and no default", async () => {
    await onTable(ROAD, async ({ fresh, row }) => {
      await fresh.query("INSERT INTO item (id, street) VALUES (10, 'a'), (11, NULL)");
      expect(await row(10)).to.deep.equal({ street: "a", road: "a" });
      expect(await row(11)).to.deep.equal({ street: null, road: null });
    });
  });

  it("is made of the default of the old side where it leaves out what its own side requires", async () => {
    const bench = await ReleaseBench.create(
      renaming({}, "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL DEFAULT 'none');"),
    );
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.reach("filled", RELEASE);
      const fresh = await bench.new();
      await fresh.query("INSERT INTO item (id) VALUES (1)");
      await fresh.query("INSERT INTO item (id, old_name) VALUES (2, 'none'), (3, 'a')");
      expect(await bench.query("SELECT old_name, new_name FROM item ORDER BY id")).to.deep.equal([
        { old_name: "none", new_name: "none" },
        { old_name: "none", new_name: "none" },
        { old_name: "a", new_name: "a" },
      ]);
    } finally {
      await bench.end();
    }
  });

  it("stays beside an old column whose default nobody can know, which expand says", async () => {
    const stamped = {
      table: "street text DEFAULT md5(random()::text)",
      added: "road text",
      toNew: same("text"),
      toOld: same("text"),
    };
    await onTable(stamped, async ({ bench, fresh, old, row }) => {
      expect(bench.lines.join("\n")).to.match(
        /The default of item\.street is not a constant \(md5\(.*\)\).*an insert by the new version that names only street/,
      );
      await fresh.query("INSERT INTO item (id) VALUES (10)");
      expect(await row(10)).to.deep.equal({ street: null, road: null });
      await old.query("INSERT INTO item (id) VALUES (11)");
      expect(await row(11))
        .to.have.property("road")
        .that.is.a("string")
        .with.length(32);
    });
  });

  it("does not fail where toNew cannot take the default of the old column", async () => {
    const number = {
      table: "amount text DEFAULT ''",
      added: "total int",
      toNew: "(v text) RETURNS int LANGUAGE sql IMMUTABLE RETURN nullif(v, '')::int",
      toOld: "(v int) RETURNS text LANGUAGE sql IMMUTABLE RETURN v::text",
    };
    await onTable(number, async ({ bench, fresh, row }) => {
      await bench.query("ALTER TABLE item ALTER COLUMN amount SET DEFAULT 'none'");
      await fresh.query("INSERT INTO item (id, total) VALUES (10, 7)");
      expect(await row(10)).to.deep.equal({ amount: "7", total: 7 });
    });
  });
});

describe("what the old version inserts", () => {
  it("gave the old side, whatever its values and the new column's default are", async () => {
    await onTable(ROLE, async ({ old, row }) => {
      await old.query("INSERT INTO item (id, is_admin) VALUES (10, true), (11, NULL), (12, false)");
      await old.query("INSERT INTO item (id) VALUES (13)");
      expect(await row(10)).to.deep.equal({ is_admin: true, role: "admin" });
      expect(await row(11)).to.deep.equal({ is_admin: null, role: null });
      expect(await row(12)).to.deep.equal({ is_admin: false, role: "user" });
      expect(await row(13)).to.deep.equal({ is_admin: null, role: null });
    });
  });
});

describe("what another login inserts", () => {
  it("is judged by its values: the new side was given where a new column holds another value than an untouched one", async () => {
    await onTable(ROLE, async ({ bench, row }) => {
      await bench.query("INSERT INTO item (id, role) VALUES (10, 'admin'), (11, 'user')");
      await bench.query("INSERT INTO item (id, is_admin) VALUES (12, true)");
      expect(await row(10)).to.deep.equal({ is_admin: true, role: "admin" });
      expect(await row(11)).to.deep.equal({ is_admin: null, role: null });
      expect(await row(12)).to.deep.equal({ is_admin: true, role: "admin" });
    });
  });
});
