import { expect } from "chai";
import { lint, refusals } from "../../../schema/lint/lint.ts";
import { acceptedMigration } from "../../../schema/migration/migration.ts";
import { renaming } from "../../support/postgres/small-migrations.ts";

const BACK = "CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;";

async function refused(there: string): Promise<readonly string[]> {
  const folder = renaming({ "sync.sql": `CREATE FUNCTION there(v text) RETURNS text ${there};\n${BACK}` });
  return refusals(
    lint(
      await Promise.all(
        Object.entries(folder).map(([id, files]) =>
          acceptedMigration(id, {
            "migration.yaml": "",
            "expand.sql": "",
            "sync.sql": "",
            "contract.sql": "",
            ...files,
          }),
        ),
      ),
    ),
  );
}

const PL = "LANGUAGE plpgsql IMMUTABLE AS";

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["LANGUAGE sql RETURN v", /there: it is VOLATILE/],
  ["LANGUAGE sql STABLE RETURN v", /there: it is STABLE/],
  ["LANGUAGE sql IMMUTABLE SECURITY DEFINER RETURN v", /SECURITY DEFINER/],
  ["LANGUAGE plpython3u IMMUTABLE AS 'return v'", /a function in plpython3u/],
  ["LANGUAGE c IMMUTABLE AS 'lib', 'f'", /a function in c /],
  ["LANGUAGE sql IMMUTABLE SET work_mem = '1MB' AS 'SELECT v'", /leave SET out/],
  ["IMMUTABLE RETURN (SELECT note FROM item LIMIT 1)", /it uses table item/],
  ["LANGUAGE sql IMMUTABLE AS 'SELECT note FROM item'", /it uses table item/],
  ["IMMUTABLE BEGIN ATOMIC DELETE FROM item; SELECT v; END", /it writes rows/],
  ["LANGUAGE sql IMMUTABLE AS 'CREATE TABLE x (); SELECT v'", /it uses table x|it writes/],
  ["LANGUAGE sql IMMUTABLE AS 'SELECT FROM WHERE'", /its body cannot be read/],
  [`${PL} 'BEGIN INSERT INTO log VALUES (v); RETURN v; END'`, /it writes rows/],
  [`${PL} 'BEGIN RETURN (SELECT note FROM item LIMIT 1); END'`, /it uses table item/],
  [`${PL} 'DECLARE x text; BEGIN x := (SELECT note FROM item); RETURN x; END'`, /it uses table item/],
  [`${PL} 'DECLARE x text; BEGIN FOR x IN SELECT note FROM item LOOP END LOOP; RETURN x; END'`, /table item/],
  [`${PL} $$BEGIN EXECUTE 'DELETE ' || 'FROM item'; RETURN v; END$$`, /EXECUTE runs what cannot be seen/],
  [
    `${PL} $$DECLARE x text; BEGIN FOR x IN EXECUTE 'TABLE item' LOOP END LOOP; RETURN x; END$$`,
    /EXECUTE runs/,
  ],
];

const ACCEPTED: readonly string[] = [
  "LANGUAGE sql IMMUTABLE RETURN upper(v)",
  "IMMUTABLE PARALLEL SAFE STRICT RETURN v",
  "LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)'",
  "IMMUTABLE BEGIN ATOMIC WITH parts AS (SELECT unnest(string_to_array(v, ' ')) AS part) SELECT min(part) FROM parts; END",
  `${PL} $$DECLARE x text[]; BEGIN x[1] := v; IF v = '' THEN RETURN NULL; END IF; RETURN x[1]; EXCEPTION WHEN OTHERS THEN RETURN v; END$$`,
];

describe("lint, of the functions in sync.sql", () => {
  for (const [there, why] of REFUSED)
    it(`refuses ${there.slice(0, 90)}`, async () => {
      const found = await refused(there);
      expect(found).to.have.length(1);
      expect(found[0]).to.match(why);
    });

  for (const there of ACCEPTED)
    it(`accepts ${there.slice(0, 90)}`, async () => expect(await refused(there)).to.deep.equal([]));

  it("refuses in every file what concerns the whole server", async () => {
    for (const statement of [
      "ALTER SYSTEM SET work_mem = '1GB'",
      "DROP ROLE somebody",
      "ALTER DATABASE d SET jit = off",
    ]) {
      const folder = renaming({ "contract.sql": `${statement}; ALTER TABLE item DROP COLUMN old_name;` });
      const migrations = await Promise.all(
        Object.entries(folder).map(([id, files]) =>
          acceptedMigration(id, {
            "migration.yaml": "",
            "expand.sql": "",
            "sync.sql": "",
            "contract.sql": "",
            ...files,
          }),
        ),
      );
      expect(refusals(lint(migrations)).join("\n")).to.match(/concerns every database of the server/);
    }
  });
});
