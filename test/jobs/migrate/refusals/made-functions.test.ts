import { expect } from "chai";
import { Killed } from "../../../support/postgres/kill-sweep.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

describe("the functions of sync.sql, once they are in the catalog", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming());
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 10) AS i");
  });

  afterEach(() => bench.end());

  const asBefore = async () => {
    expect(await bench.query("SELECT FROM pg_namespace WHERE nspname ~ '^zero_downtime_'")).to.deep.equal([]);
    expect(await bench.query("SELECT FROM pg_attribute WHERE attname = 'new_name'")).to.deep.equal([]);
  };

  for (const [change, found] of [
    ["VOLATILE", "VOLATILE"],
    ["STABLE SECURITY DEFINER", "STABLE, SECURITY DEFINER"],
  ] as const)
    it(`must be what they say: an event trigger that makes one ${found} is refused`, async () => {
      await bench.query(
        `CREATE FUNCTION remake() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE one record; BEGIN
           FOR one IN SELECT object_identity AS name FROM pg_event_trigger_ddl_commands() WHERE object_identity ~ 'there' LOOP EXECUTE 'ALTER FUNCTION ' || one.name || ' ${change}'; END LOOP; END $$;
         CREATE EVENT TRIGGER remake ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION remake()`,
      );
      expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
        new RegExp(
          `^Cannot expand .*must be IMMUTABLE and SECURITY INVOKER, in SQL or PL/pgSQL, and in the catalog there is ${found}\\. Look for an event trigger`,
        ),
      );
      await asBefore();
      await bench.query("DROP EVENT TRIGGER remake");
      await bench.reach("expanded", RELEASE);
    });

  it("must stay what they are until the expansion ends: one that was replaced is refused", async () => {
    let isDead = false;
    const killed = await bench.run(
      { goal: "expanded", ...RELEASE },
      {
        observe: (moment, text) => {
          isDead ||= moment === "before" && /^CREATE (OR REPLACE )?TRIGGER/.test(text);
          if (isDead) throw new Killed("killed");
        },
      },
    );
    expect(isDead, killed.summary).to.equal(true);
    await bench.query(
      "CREATE OR REPLACE FUNCTION zero_downtime_0002_change.there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(v)",
    );
    expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
      /^Cannot expand .*a function of sync\.sql was replaced or dropped while it expanded: there\(v text\)\./,
    );
    await asBefore();
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
  });
});
