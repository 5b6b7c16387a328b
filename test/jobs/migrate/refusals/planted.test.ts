import { expect } from "chai";
import { MOVE, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/**
 * Two mappings of one table, so that triggers and walks of either kind are met: columns that move,
 * and one that is renamed.
 */
const folderWith = (key: string, column: string) =>
  moving(
    {
      "migration.yaml": `description: Addresses get a table of their own, and a column another name.
mappings:
  - { table: person, key: id, old: [street, city], newTable: { name: person_address, key: person_id }, new: { street: optional, city: optional }, toNew: to_address, toOld: from_address }
  - { table: person, key: id, old: nick, new: { nickname: optional }, toNew: there, toOld: back }
`,
      "expand.sql": `CREATE TABLE person_address (person_id ${key} PRIMARY KEY REFERENCES person ON DELETE CASCADE, street ${column}, city ${column});
ALTER TABLE person ADD COLUMN nickname ${column};`,
      "sync.sql": `CREATE FUNCTION to_address(INOUT street ${column}, INOUT city ${column}) LANGUAGE sql IMMUTABLE RETURN ROW(street, city);
CREATE FUNCTION from_address(INOUT street ${column}, INOUT city ${column}) LANGUAGE sql IMMUTABLE RETURN ROW(street, city);
CREATE FUNCTION there(v ${column}) RETURNS ${column} LANGUAGE sql IMMUTABLE RETURN v;
CREATE FUNCTION back(v ${column}) RETURNS ${column} LANGUAGE sql IMMUTABLE RETURN v;`,
      "contract.sql": "ALTER TABLE person DROP COLUMN street, DROP COLUMN city, DROP COLUMN nick;",
    },
    `CREATE TABLE person (id ${key} PRIMARY KEY, name text NOT NULL, street ${column}, city ${column}, nick ${column});`,
  );

const KINDS = [
  { key: "varchar(20)", column: "varchar" },
  { key: "char(8)", column: "char(8)" },
  { key: "citext", column: "hstore" },
  { key: "code", column: "mood" },
  { key: "tag", column: "tag" },
  { key: "mood", column: "code" },
];

const TYPES = `CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE DOMAIN code AS varchar; CREATE DOMAIN tag AS citext;
  CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e=>1', 'f=>2');`;

/**
 * Pairs of types that PostgreSQL, or the extension, has no operator of exactly, so that a planted
 * one fits best.
 */
const PAIRS = ["varchar, varchar", "bpchar, varchar", "code, code", "tag, tag", "mood, mood", "tag, citext"];

/**
 * Works as PostgreSQL's own for whoever plants it; whoever runs it with the owner's
 * rights is caught.
 */
async function plant(bench: ReleaseBench): Promise<void> {
  const { owner } = bench.database.roles;
  for (const [index, pair] of PAIRS.entries()) {
    const [left = "", right = ""] = pair.split(", ");
    for (const [name, operator] of [
      ["equal", "="],
      ["other", "<>"],
      ["above", ">"],
      ["below", "<="],
    ]) {
      const called = `planted_${name}_${index}`;
      await bench.query(
        `CREATE FUNCTION ${called}(a ${left}, b ${right}) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN IF current_user = '${owner}' THEN RAISE EXCEPTION 'caught'; END IF; RETURN a::text COLLATE "C" OPERATOR(pg_catalog.${operator}) b::text; END$$`,
      );
      await bench.query(
        `CREATE OPERATOR ${operator} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = ${called})`,
      );
    }
  }
  for (const type of ["varchar", "bpchar", "code", "tag", "citext", "mood"])
    await bench.query(
      `CREATE FUNCTION concat_ws(a text, b ${type}) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'caught'; END$$`,
    );
}

describe("what somebody puts into the application's schema under a name of PostgreSQL's own", function () {
  this.timeout(120_000);

  for (const { key, column } of KINDS) {
    it(`is run by no walk and no trigger with the owner's rights, of a key ${key} and columns ${column}`, async () => {
      const bench = await ReleaseBench.create(folderWith(key, column));
      try {
        await bench.query(TYPES);
        await bench.reach("base", { to: MOVE.from, first: true });
        await plant(bench);
        await bench.query(
          "INSERT INTO person SELECT unnest, 'person', 'e=>1', 'f=>2', 'e=>1' FROM unnest(enum_range(NULL::mood)::text[]::" +
            `${key === "char(8)" ? "bpchar" : key.replace(/\(.*/, "")}[])`,
        );
        await bench.reach("expanded", MOVE);
        const filled = await bench.reach("filled", MOVE);
        expect(filled.facts).to.include({ rows: 12, checkedRows: 12 });

        const [old, fresh] = [await bench.old(), await bench.new()];
        for (const path of ["", "public", "public, pg_catalog"]) {
          for (const client of [old, fresh])
            await client.query("SELECT pg_catalog.set_config('search_path', $1, false)", [path]);
          await old.query("UPDATE public.person SET street = 'f=>2' WHERE id::text = 'a'");
          await old.query("DELETE FROM public.person WHERE id::text = 'b'");
          await old.query("INSERT INTO public.person VALUES ('b', 'again', 'e=>1', 'f=>2')");
          await fresh.query("UPDATE public.person_address SET city = 'e=>1' WHERE person_id::text = 'c'");
          await fresh.query("DELETE FROM public.person_address WHERE person_id::text = 'd'");
          await fresh.query("INSERT INTO public.person_address VALUES ('d', 'e=>1', 'e=>1')");
        }
        expect((await bench.reach("verified", MOVE)).facts).to.include({ checkedRows: 12 });
        await bench.database.disconnect();
        await bench.reach("contracted", { ...MOVE, vacate: bench.database.roles.blue });
      } finally {
        await bench.end();
      }
    });
  }

  it("is run by no walk over a key whose columns are compared by PostgreSQL's own and by an extension's operators", async () => {
    const bench = await ReleaseBench.create(
      renaming(
        {
          "migration.yaml": `description: Another name.
mappings:
  - { table: item, key: [shelf, id], old: old_name, new: { new_name: required }, toNew: there, toOld: back }
`,
        },
        "CREATE TABLE item (shelf varchar(9), id citext, old_name text NOT NULL, PRIMARY KEY (shelf, id));",
      ),
    );
    try {
      await bench.query(TYPES);
      await bench.reach("base", { to: RELEASE.from, first: true });
      await plant(bench);
      await bench.query(
        "INSERT INTO item SELECT 'shelf ' || i % 3, 'Item ' || i, 'x' FROM generate_series(1, 9000) AS i",
      );
      await bench.reach("expanded", RELEASE);
      expect((await bench.reach("filled", RELEASE)).facts).to.include({ rows: 9000, checkedRows: 9000 });
      await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
    } finally {
      await bench.end();
    }
  });
});

describe("a schema in which everyone may create something", () => {
  const MENDED = /REVOKE CREATE ON SCHEMA "public" FROM (PUBLIC|"[^"]+")/;

  it("is refused for a mapping, with the statement that mends it, also where the application alone may create", async () => {
    const bench = await ReleaseBench.create(renaming());
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      expect(bench.lines.join("\n")).not.to.match(MENDED);
      for (const grantee of ["PUBLIC", bench.database.roles.app, bench.database.roles.green]) {
        await bench.query(`GRANT CREATE ON SCHEMA public TO ${grantee}`);
        const refusal = await bench.refused({ goal: "expanded", ...RELEASE });
        expect(refusal).to.match(/^Cannot expand 0002-change as .* may create .*Nothing was changed$/);
        expect(refusal.length).to.be.below(600);
        await bench.query(MENDED.exec(refusal)?.[0] ?? "");
      }
      await bench.reach("expanded", RELEASE);
    } finally {
      await bench.end();
    }
  });

  it("is noted where somebody else was let in by name, or nothing is mapped", async () => {
    const bench = await ReleaseBench.create(renaming());
    const role = `${bench.database.name}_others`;
    try {
      await bench.query("GRANT CREATE ON SCHEMA public TO PUBLIC");
      await bench.reach("base", { to: RELEASE.from, first: true });
      expect(bench.lines.filter((line) => MENDED.test(line))).to.have.length(1);
      await bench.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
      await bench.query(`CREATE ROLE ${role}`);
      await bench.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
      await bench.reach("expanded", RELEASE);
      expect(bench.lines.filter((line) => line.includes(`role ${role} may create`))).to.have.length(1);
    } finally {
      await bench.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await bench.end();
    }
  });
});
