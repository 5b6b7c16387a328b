import { expect } from "chai";
import { eventually } from "../../../support/eventually.ts";
import { killedInContract } from "../../../support/postgres/kill-sweep.ts";
import { MOVE, MOVE_BACK, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const DROP = /^ALTER TABLE item DROP COLUMN/;

describe("before contract drops an old form, its archive", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  afterEach(() => bench.end());

  const contracting = () => ({ ...RELEASE, vacate: bench.database.roles.blue });
  const begin = async (columns = "") => {
    bench = await ReleaseBench.create(
      renaming(
        { "contract.sql": `ALTER TABLE item DROP COLUMN old_name${columns};` },
        "CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text);",
      ),
    );
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i, i FROM generate_series(1, 1000) AS i");
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  };
  const kept = async (archive: string) =>
    (await bench.query<{ n: number }>(`SELECT count(*)::int AS n FROM zero_downtime.${archive}`))[0]?.n;

  it("gets the rows that the walk left out, and those that the new version has added since", async () => {
    await begin();
    await killedInContract(bench, contracting(), DROP);
    await bench.query("DELETE FROM zero_downtime.old_0002_change_item WHERE id % 10 = 0");
    await bench.query("INSERT INTO item (id, new_name) VALUES (5000, 'late')");
    const { facts } = await bench.reach("contracted", contracting());
    expect(facts).to.include({ archivedRows: 101 });
    expect(await kept("old_0002_change_item")).to.equal(1001);
    expect(bench.lines.join("\n")).to.match(/101 rows of item were missing in their archive: added/);
  });

  for (const [what, filter, refusal] of [
    [
      "a trigger",
      `CREATE FUNCTION sieve() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN CASE WHEN NEW.id % 10 <> 0 THEN NEW END; END';
       CREATE TRIGGER sieve BEFORE INSERT ON zero_downtime.old_0002_change_item FOR EACH ROW EXECUTE FUNCTION sieve()`,
      /^Cannot contract 0002-change as zero_downtime\.old_0002_change_item must hold every row of item before its old form is dropped: it has 900 of 1000\./,
    ],
    [
      "a policy",
      "ALTER TABLE zero_downtime.old_0002_change_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY sieve ON zero_downtime.old_0002_change_item USING (id % 10 <> 0)",
      /row-level security policy for table "old_0002_change_item"/,
    ],
  ] as const)
    it(`is refused where ${what} keeps rows out of it, with everything as it was`, async () => {
      await begin();
      await killedInContract(bench, contracting(), DROP);
      await bench.query(`DELETE FROM zero_downtime.old_0002_change_item WHERE id % 10 = 0; ${filter}`);
      const reason = await bench.refused({ goal: "contracted", ...contracting() });
      expect(reason).to.match(refusal);
      expect(await bench.query("SELECT count(old_name)::int AS n FROM item")).to.deep.equal([{ n: 1000 }]);
      await bench.reach("undropped", RELEASE);
      await bench.reach("contracted", contracting());
      expect(await kept("old_0002_change_item")).to.equal(1000);
    });

  it("of a column that no mapping knows has as many rows as the table, or contract is refused", async () => {
    await begin(", DROP COLUMN note");
    await bench.query(
      `CREATE FUNCTION sieve() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF to_regclass('zero_downtime.old_0002_change_item_columns') IS NOT NULL THEN DELETE FROM zero_downtime.old_0002_change_item_columns WHERE id % 10 = 0; END IF; END $$;
       CREATE EVENT TRIGGER sieve ON ddl_command_end WHEN TAG IN ('CREATE TABLE AS') EXECUTE FUNCTION sieve()`,
    );
    const reason = await bench.refused({ goal: "contracted", ...contracting() });
    expect(reason).to.match(
      /Cannot archive "public"\."item" as 900 of its 1000 rows arrived in "zero_downtime"\."old_0002_change_item_columns"\. Nothing was dropped/,
    );
    expect(
      await bench.query("SELECT count(old_name)::int AS n, count(note)::int AS m FROM item"),
    ).to.deep.equal([{ n: 1000, m: 1000 }]);
    await bench.query("DROP EVENT TRIGGER sieve");
    await bench.reach("contracted", contracting());
    expect(await kept("old_0002_change_item_columns")).to.equal(1000);
  });

  it("is followed by another look at the catalog: triggers disabled meanwhile are seen before the drop", async () => {
    await begin();
    await killedInContract(bench, contracting(), DROP);
    const { migrator, owner } = bench.database.roles;
    const holder = await bench.database.connect(migrator, "holder");
    await holder.query(
      `SET ROLE ${owner}; BEGIN; LOCK TABLE zero_downtime.old_0002_change_item IN EXCLUSIVE MODE`,
    );
    const contract = bench.run({ goal: "contracted", ...contracting() });
    await eventually(async () => {
      const waiting = await bench.query(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'zero_downtime.old_0002_change_item'::regclass",
      );
      return waiting.length > 0;
    });
    await bench.query("ALTER TABLE item DISABLE TRIGGER USER");
    await holder.query("COMMIT");
    const { ok, summary } = await contract;
    expect(ok).to.equal(false);
    expect(summary).to.match(/^Cannot go on with 0002-change as every trigger .* must be enabled ALWAYS/);
    expect(await bench.query("SELECT count(old_name)::int AS n FROM item")).to.deep.equal([{ n: 1000 }]);
    await bench.reach("undropped", RELEASE);
  });

  it("of a side in another table is held against that table", async () => {
    bench = await ReleaseBench.create(moving());
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query(
      "INSERT INTO person SELECT i, 'n', 'street ' || i, 'c' FROM generate_series(1, 100) AS i",
    );
    for (const goal of ["expanded", "filled", "contracted"] as const)
      await bench.reach(goal, { ...MOVE, vacate: bench.database.roles.blue });
    for (const goal of ["expanded", "filled"] as const) await bench.reach(goal, MOVE_BACK);
    const back = { ...MOVE_BACK, vacate: bench.database.roles.blue };
    await killedInContract(bench, back, /^DROP TABLE .*person_address/);
    const [archive] = await bench.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'zero_downtime'::regnamespace AND relname ~ '^old_.*person' AND relname !~ '(pkey|columns)$' AND relkind = 'r' AND relname ~ 'restore'",
    );
    await bench.query(`DELETE FROM zero_downtime.${archive?.name ?? ""} WHERE id % 10 = 0`);
    const { facts } = await bench.reach("contracted", back);
    expect(facts).to.include({ archivedRows: 10 });
    expect(await kept(archive?.name ?? "")).to.equal(100);
  });
});
