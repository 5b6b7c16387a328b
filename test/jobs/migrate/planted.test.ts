import { expect } from "chai";
import { ReleaseBench } from "../../support/release-bench.ts";
import { RELEASE, renaming } from "../../support/small-migrations.ts";

describe("what somebody puts into the application's schema under a name of PostgreSQL's own", () => {
  it("is not run by the migrate Job as it walks over a table", async () => {
    const bench = await ReleaseBench.create(renaming());
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 100) AS i");
      for (const type of ["int", "text"]) {
        for (const [name, operator] of [
          ["equal", "="],
          ["above", ">"],
          ["below", "<="],
        ]) {
          await bench.query(
            `CREATE FUNCTION planted_${name}(a ${type}, b ${type}) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''run as %'', current_user; END'`,
          );
          await bench.query(
            `CREATE OPERATOR ${operator} (LEFTARG = ${type}, RIGHTARG = ${type}, FUNCTION = planted_${name})`,
          );
        }
      }
      await bench.reach("expanded", RELEASE);
      const filled = await bench.reach("filled", RELEASE);
      expect(filled.facts).to.include({ rows: 100, checkedRows: 100 });
      await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
    } finally {
      await bench.end();
    }
  });
});

describe("a schema in which everybody may create something", () => {
  it("is told with what to do about it, and no other one is", async () => {
    const bench = await ReleaseBench.create(renaming());
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      expect(bench.lines.join("\n")).not.to.match(/Everybody/);
      await bench.query("GRANT CREATE ON SCHEMA public TO PUBLIC");
      await bench.reach("expanded", RELEASE);
      expect(bench.lines.filter((line) => line.includes("Everybody"))).to.have.length(1);
      expect(bench.lines.join("\n")).to.match(
        /Everybody who may connect may create functions and operators in schema public, .*: REVOKE CREATE ON SCHEMA "public" FROM PUBLIC, and GRANT it/,
      );
    } finally {
      await bench.end();
    }
  });
});
