import { expect } from "chai";
import { MOVE, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

/** One column that moves, of these types. */
function movingOne(old: string, fresh: string) {
  return moving(
    {
      "migration.yaml": `description: Codes get a table of their own.
mappings:
  - { table: person, key: id, old: code, newTable: { name: person_code, key: person_id }, new: { code: optional }, toNew: there, toOld: back }
`,
      "expand.sql": `CREATE TABLE person_code (person_id int PRIMARY KEY REFERENCES person ON DELETE CASCADE, code ${fresh});`,
      "sync.sql": `CREATE FUNCTION there(v ${old}) RETURNS ${fresh} LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION back(v ${fresh}) RETURNS ${fresh} LANGUAGE sql IMMUTABLE RETURN v;`,
      "contract.sql": "ALTER TABLE person DROP COLUMN code;",
    },
    `CREATE TABLE person (id int PRIMARY KEY, code ${old});`,
  );
}

describe("a column with a length that moves to another table", function () {
  this.timeout(30_000);

  const KEPT = [
    { old: "char(3)", fresh: "text", fits: "101", not: "1011", code: "22001" },
    { old: "varchar(3)[]", fresh: "text[]", fits: "{101}", not: "{1011}", code: "22001" },
    { old: "bit(3)", fresh: "varbit", fits: "101", not: "1011", code: "22026" },
    { old: "bit varying(3)", fresh: "varbit", fits: "101", not: "1011", code: "22001" },
    { old: "bit(3)[]", fresh: "varbit[]", fits: "{101}", not: "{1011}", code: "22026" },
  ] as const;
  for (const { old, fresh, fits, not, code } of KEPT) {
    it(`refuses the new version what does not fit, ${fresh} instead of ${old}`, async () => {
      const bench = await ReleaseBench.create(movingOne(old, fresh));
      try {
        await bench.reach("base", { to: MOVE.from, first: true });
        await bench.query(`INSERT INTO person VALUES (1, '${fits}')`);
        await bench.reach("expanded", MOVE);
        await bench.reach("filled", MOVE);
        const error = await bench
          .query(`UPDATE person_code SET code = '${not}'`)
          .catch((one: unknown) => one);
        expect(error).to.have.property("code", code);
        await bench.reach("verified", MOVE);
      } finally {
        await bench.end();
      }
    });

    it(`lets the old version write what does not fit, and waits for a person, ${fresh} into ${old}`, async () => {
      const bench = await ReleaseBench.create(movingOne(fresh, old));
      try {
        await bench.reach("base", { to: MOVE.from, first: true });
        await bench.query(`INSERT INTO person VALUES (1, '${fits}')`);
        await bench.reach("expanded", MOVE);
        await bench.reach("filled", MOVE);
        const version = await bench.old();
        await version.query("UPDATE person SET code = $1", [not]);
        await version.query("INSERT INTO person VALUES (2, $1)", [not]);
        const noted = await bench.query(
          "SELECT id, noted_sqlstate FROM zero_downtime.failed_0002_address_1 ORDER BY id",
        );
        expect(noted).to.deep.equal([1, 2].map((id) => ({ id, noted_sqlstate: code })));
        const refusal = await bench.refused({ goal: "verified", ...MOVE });
        expect(refusal).to.match(/in 2 of 2 rows, such as those with id 1; 2\./);
        const [, shown = ""] = /See them with: (.*) -- In each/.exec(refusal) ?? [];
        expect((await bench.query(shown)).map((row) => row["id"])).to.have.members([1, 2]);
        const newer = await bench.new();
        await newer.query("UPDATE person_code SET code = NULL WHERE person_id = 1");
        await newer.query("UPDATE person_code SET code = $1 WHERE person_id = 1", [fits]);
        await newer.query("INSERT INTO person_code VALUES (2, $1)", [fits]);
        await bench.reach("verified", MOVE);
        await bench.reach("contracted", MOVE);
        expect(
          await bench.query("SELECT to_regclass('zero_downtime.failed_0002_address_1') AS found"),
        ).to.deep.equal([{ found: null }]);
      } finally {
        await bench.end();
      }
    });
  }

  const DOMAINS =
    "CREATE DOMAIN zip AS varchar(5); CREATE DOMAIN shorter AS zip CHECK (length(VALUE) < 5); CREATE DOMAIN bits AS bit(3)[]; CREATE DOMAIN word AS text";

  for (const type of ["zip", "shorter", "zip[]", "bits"]) {
    it(`is not accepted as ${type}, a domain over it, in either table`, async () => {
      for (const [old, fresh] of [
        [type, "word"],
        ["text", type],
      ] as const) {
        const bench = await ReleaseBench.create(movingOne("text", fresh));
        try {
          await bench.reach("base", { to: MOVE.from, first: true });
          await bench.query(`${DOMAINS}; ALTER TABLE person ALTER code TYPE ${old} USING NULL`);
          expect(await bench.refused({ goal: "expanded", ...MOVE })).to.match(
            /person(_code)?\.code has type \S+, and no column that moves may have a domain over a type with a length: .* Give it the type/,
          );
          expect(await bench.query("SELECT to_regclass('person_code') AS found")).to.deep.equal([
            { found: null },
          ]);
        } finally {
          await bench.end();
        }
      }
    });
  }

  it("is not accepted as a domain that comes with the new table", async () => {
    const folder = movingOne("text", "zip");
    const migration = folder["0002-address"];
    const bench = await ReleaseBench.create({
      ...folder,
      "0002-address": {
        ...migration,
        "expand.sql": `CREATE DOMAIN zip AS varchar(5); ${migration?.["expand.sql"] ?? ""}`,
        "undo.sql": "DROP DOMAIN IF EXISTS zip;",
      },
    });
    try {
      await bench.reach("base", { to: MOVE.from, first: true });
      expect(await bench.refused({ goal: "expanded", ...MOVE })).to.match(
        /person_code\.code has type zip, and no column that moves/,
      );
    } finally {
      await bench.end();
    }
  });

  it("may have a domain without a length", async () => {
    const bench = await ReleaseBench.create(movingOne("text", "word"));
    try {
      await bench.reach("base", { to: MOVE.from, first: true });
      await bench.query(`${DOMAINS}; ALTER TABLE person ALTER code TYPE word`);
      await bench.query("INSERT INTO person VALUES (1, 'a')");
      await bench.reach("expanded", MOVE);
      await bench.reach("filled", MOVE);
      await bench.query("UPDATE person_code SET code = 'b'");
      expect(await bench.query("SELECT code FROM person")).to.deep.equal([{ code: "b" }]);
      await bench.reach("verified", MOVE);
    } finally {
      await bench.end();
    }
  });
});
