import { expect } from "chai";
import type pg from "pg";
import type { MigrateSettings } from "../../../../protocol/jobs/migrate-settings.ts";
import { identifier, literal, sql } from "../../../../schema/sql/sql.ts";
import { PASSWORD } from "../../../support/postgres/launch-postgres.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** How the Job is told that both versions may have one login. */
const SHARED = { sharesLogin: true, writers: null, vacate: null } as const satisfies Partial<MigrateSettings>;

/** A renamed column: what both versions' tables say of it. */
const columns = (old: string, fresh: string, isRequired: boolean): Folder =>
  renaming(
    {
      "migration.yaml": `description: x\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: ${isRequired ? "required" : "optional"} }, toNew: there, toOld: back }`,
      "expand.sql": `ALTER TABLE item ADD COLUMN new_name ${fresh};`,
      "sync.sql": `CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN coalesce(v, 'none');`,
    },
    `CREATE TABLE item (id int PRIMARY KEY, old_name ${old}, note text);`,
  );

/** Both versions of an application, in sessions of one login that is a member of the app group. */
async function withOneLogin(
  folder: Folder,
  work: (world: { bench: ReleaseBench; old: pg.Client; fresh: pg.Client; login: string }) => Promise<void>,
): Promise<void> {
  const bench = await ReleaseBench.create(folder);
  const { name, roles } = bench.database;
  const login = `${name}_shop`;
  await bench.query(
    sql`CREATE ROLE ${identifier(login)} LOGIN PASSWORD ${literal(PASSWORD)} IN ROLE ${identifier(roles.app)}`
      .text,
  );
  try {
    await bench.reach("base", { to: RELEASE.from, first: true, ...SHARED });
    const [old, fresh] = [await bench.database.connect(login), await bench.database.connect(login)];
    await work({ bench, old, fresh, login });
  } finally {
    await bench.database.disconnect();
    await bench.query(sql`DROP ROLE ${identifier(login)}`.text);
    await bench.end();
  }
}

describe("two versions with one login", function () {
  this.timeout(60_000);

  for (const [what, folder] of [
    ["the new version always gives its form", columns("text DEFAULT 'unknown'", "text", true)],
    ["the new version never gives the old form", columns("text NOT NULL", "text DEFAULT 'none'", false)],
  ] as const)
    it(`are told apart by what they insert where ${what}, after SET ROLE too`, async () => {
      await withOneLogin(folder, async ({ bench, old, fresh }) => {
        await bench.reach("expanded", { ...RELEASE, ...SHARED });
        await old.query("INSERT INTO item (id, old_name) VALUES (1, 'a')");
        await fresh.query("INSERT INTO item (id, new_name) VALUES (2, 'b')");
        // Values that each version's own column has by itself.
        await old.query("INSERT INTO item (id, old_name) VALUES (3, 'unknown')");
        await fresh.query("INSERT INTO item (id, new_name) VALUES (4, 'none')");
        await fresh.query(sql`SET ROLE ${identifier(bench.database.roles.app)}`.text);
        await fresh.query("INSERT INTO item (id, new_name) VALUES (5, 'unknown')");
        await old.query("UPDATE item SET old_name = 'c' WHERE id = 2");
        await fresh.query("UPDATE item SET new_name = 'd' WHERE id = 1");
        expect(await bench.query("SELECT old_name, new_name FROM item ORDER BY id")).to.deep.equal(
          ["d", "c", "unknown", "none", "unknown"].map((name) => ({ old_name: name, new_name: name })),
        );
        await bench.reach("filled", { ...RELEASE, ...SHARED });
        await bench.reach("verified", { ...RELEASE, ...SHARED });
      });
    });

  const REFUSED =
    /Cannot expand 0002-change as with database\.logins: application values alone tell who inserted a row into item, and they do not where item\.\w+ has a default: .*\(database\.logins: colour\)\. Nothing was changed/;

  for (const [what, statement, folder] of [
    [
      "an old column got",
      "ALTER TABLE item ALTER COLUMN old_name SET DEFAULT 'unknown'",
      columns("text", "text", false),
    ],
    [
      "an old column got, evaluated at each insert",
      "ALTER TABLE item ALTER COLUMN old_name SET DEFAULT md5('x')",
      columns("text", "text", false),
    ],
    [
      "an old column has by its type",
      "CREATE DOMAIN named AS text DEFAULT 'x'; ALTER TABLE item ALTER COLUMN old_name TYPE named",
      columns("text", "text", false),
    ],
  ] as const)
    it(`are not released where a default would mix them up that ${what} beside the files`, async () => {
      await withOneLogin(folder, async ({ bench }) => {
        await bench.query(statement);
        expect(await bench.refused({ goal: "expanded", ...RELEASE, ...SHARED })).to.match(REFUSED);
        // With a login each there is nothing to mix up.
        await bench.reach("expanded", RELEASE);
      });
    });

  it("are not released where a default in the files would mix them up: lint says so first", async () => {
    await withOneLogin(columns("text", "text DEFAULT 'none'", false), async ({ bench }) => {
      const said = await bench.refused({ goal: "expanded", ...RELEASE, ...SHARED });
      expect(said).to.match(/breaks the running version: mapping of item: .* \(insert-told-by-values\)/);
    });
  });

  it("keep nobody from an undo or from contract once the pods are gone that needed what goes", async () => {
    await withOneLogin(columns("text NOT NULL", "text", true), async ({ bench, old, fresh, login }) => {
      await bench.reach("expanded", { ...RELEASE, ...SHARED });
      const base = { goal: "base", to: RELEASE.from, ...SHARED } as const;
      expect(await bench.refused(base)).to.match(/Cannot take an expansion back/);
      await bench.reach("base", { ...base, podsGone: true });
      await old.query("INSERT INTO item (id, old_name) VALUES (1, 'a')");
      await bench.reach("filled", { ...RELEASE, ...SHARED });
      await bench.reach("verified", { ...RELEASE, ...SHARED, record: "switched" });
      const { summary } = await bench.reach("contractible", { ...RELEASE, ...SHARED, podsGone: true });
      expect(summary).to.match(/the old version has no pod left/);
      await bench.reach("contracted", { ...RELEASE, ...SHARED, podsGone: true });
      await fresh.query("INSERT INTO item (id, new_name) VALUES (2, 'b')");
      expect(await bench.query("SELECT id, new_name FROM item ORDER BY id")).to.deep.equal([
        { id: 1, new_name: "a" },
        { id: 2, new_name: "b" },
      ]);
      const sessions = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1";
      expect(await bench.query(sessions, [login])).to.deep.equal([{ n: 2 }]);
    });
  });
});
