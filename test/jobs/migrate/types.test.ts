import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

/** Another enum type for a column: what Prisma writes, but for the mapping. */
const ENUM = renaming(
  {
    "migration.yaml": `description: Other roles.
mappings:
  - { table: member, key: id, old: role, new: { team_role: required }, toNew: to_team, toOld: to_role }
`,
    "expand.sql": `CREATE TYPE team_role AS ENUM ('OWNER', 'GUEST');
ALTER TABLE member ADD COLUMN team_role team_role;`,
    "sync.sql": `CREATE FUNCTION to_team(v role) RETURNS team_role LANGUAGE sql IMMUTABLE RETURN CASE v WHEN 'ADMIN'::role THEN 'OWNER'::team_role ELSE 'GUEST'::team_role END;
CREATE FUNCTION to_role(v team_role) RETURNS role LANGUAGE sql IMMUTABLE RETURN CASE v WHEN 'OWNER'::team_role THEN 'ADMIN'::role ELSE 'USER'::role END;`,
    "undo.sql": "DROP TYPE IF EXISTS team_role;",
    "contract.sql": "ALTER TABLE member DROP COLUMN role; DROP TYPE role;",
  },
  "CREATE TYPE role AS ENUM ('ADMIN', 'USER'); CREATE TABLE member (id int PRIMARY KEY, role role NOT NULL);",
);
const FOLDER: Folder = {
  ...ENUM,
  [RELEASE.from]: { ...ENUM[RELEASE.from], "undo.sql": "DROP TYPE IF EXISTS role;" },
};

describe("types that expand.sql makes", function () {
  this.timeout(120_000);

  it("may be those of the functions in sync.sql, there and back and there again", async () => {
    const bench = await ReleaseBench.create(FOLDER);
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO member VALUES (1, 'ADMIN'), (2, 'USER')");
      for (const isAgain of [false, true]) {
        await bench.reach("expanded", RELEASE);
        await bench.reach("filled", RELEASE);
        if (isAgain) break;
        await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: bench.database.roles.green });
        expect(await typeNames(bench)).to.deep.equal(["role"]);
      }
      await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
      expect(await typeNames(bench)).to.deep.equal(["team_role"]);
      expect(await bench.query("SELECT * FROM member ORDER BY id")).to.deep.equal([
        { id: 1, team_role: "OWNER" },
        { id: 2, team_role: "GUEST" },
      ]);
    } finally {
      await bench.end();
    }
  });

  it("go again where the mapping is refused, before anything is added to a table", async () => {
    const lossy = (FOLDER[RELEASE.to]?.["sync.sql"] ?? "").replace("ELSE 'USER'::role", "ELSE 'ADMIN'::role");
    const bench = await ReleaseBench.create({
      ...FOLDER,
      [RELEASE.to]: { ...FOLDER[RELEASE.to], "sync.sql": lossy },
    });
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO member VALUES (1, 'ADMIN'), (2, 'USER')");
      expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
        /must survive to_team followed by to_role/,
      );
      expect(await typeNames(bench)).to.deep.equal(["role"]);
    } finally {
      await bench.end();
    }
  });

  it("may get values, which stay when the expansion is undone and are no obstacle to the next", async () => {
    const bench = await ReleaseBench.create({
      ...FOLDER,
      [RELEASE.to]: {
        "migration.yaml": "description: A value.",
        "expand.sql":
          "ALTER TYPE role ADD VALUE 'GUEST' AFTER 'ADMIN';\nalter type role add  value if not exists 'BOT' BEFORE 'USER';",
        "undo.sql": "",
      },
    });
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      for (let round = 0; round < 2; round++) {
        await bench.reach("expanded", RELEASE);
        await bench.reach("base", { ...RELEASE, to: RELEASE.from, vacate: bench.database.roles.green });
      }
      await bench.reach("expanded", RELEASE);
      const [values] = await bench.query("SELECT enum_range(NULL::role)::text AS values");
      expect(values).to.deep.equal({ values: "{ADMIN,GUEST,BOT,USER}" });
    } finally {
      await bench.end();
    }
  });
});

async function typeNames(bench: ReleaseBench): Promise<readonly unknown[]> {
  const rows = await bench.query(
    "SELECT typname FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace ORDER BY 1",
  );
  return rows.map((row) => row["typname"]);
}
