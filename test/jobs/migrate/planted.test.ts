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
