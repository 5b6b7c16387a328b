import { expect } from "chai";
import { MOVE, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

const CHANGES = [
  {
    title: "disables the triggers of the new table",
    statement: "ALTER TABLE person_address DISABLE TRIGGER USER",
    refusal: /every trigger that keeps both forms of person_address in step must be enabled ALWAYS/,
  },
  {
    title: "forces row level security on the new table",
    statement:
      "ALTER TABLE person_address ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY own ON person_address USING (checked)",
    refusal: /person_address forces row level security on its owner/,
  },
  {
    title: "makes a child of the old table",
    statement: "CREATE TABLE member (since date) INHERITS (person)",
    refusal: /person must have no child tables/,
  },
] as const;

describe("when others change one of the two tables of a move in the middle of a release", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  let template = "";

  before(async () => {
    bench = await ReleaseBench.create(moving());
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query(
      "INSERT INTO person SELECT i, 'n', 'street ' || i, 'c' FROM generate_series(1, 50) AS i",
    );
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    await bench.reach("verified", { ...MOVE, record: "switched" });
    template = `${bench.database.name}_filled`;
    await bench.database.saveAs(template);
  });

  after(() => bench.end(template));

  for (const { title, statement, refusal } of CHANGES)
    it(`and somebody ${title}: no stage goes on, and nothing is lost`, async () => {
      await bench.database.resetTo(template);
      await bench.query(statement);
      for (const goal of ["verified", "intact", "contractible", "contracted"] as const)
        expect(await bench.refused({ goal, ...MOVE, vacate: bench.database.roles.blue }), goal).to.match(
          refusal,
        );
      expect(await bench.query("SELECT count(street)::int AS n FROM person")).to.deep.equal([{ n: 50 }]);
    });
});
