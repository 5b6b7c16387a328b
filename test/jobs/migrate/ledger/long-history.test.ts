import { expect } from "chai";
import { connect } from "../../../../jobs/migrate/database/connect.ts";
import { LedgerStore } from "../../../../jobs/migrate/ledger/ledger-store.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";

const IDS = ["0001-one", "0002-two", "0003-three"];

describe("the ledger of a long history", () => {
  let bench: ReleaseBench;

  before(async () => {
    bench = await ReleaseBench.create(
      Object.fromEntries(
        IDS.map((id, at) => [
          id,
          {
            "migration.yaml": "description: A table.",
            "expand.sql": `CREATE TABLE item_${at} (id int PRIMARY KEY);`,
          },
        ]),
      ),
    );
    await bench.reach("base", { to: "0003-three", first: true });
  });

  after(() => bench.end());

  it("is read again as it is, and as it was changed since, though finished migrations come once", async () => {
    const session = await connect(
      "test",
      () => undefined,
      () => undefined,
    );
    try {
      const attempt = { number: Date.now(), clock: null };
      const store = () => new LedgerStore(session, attempt, "test", null);
      const one = store();
      await session.transaction(() => one.takeNumber());
      const first = await one.read();
      expect(Object.keys(first?.migrations ?? {}).sort()).to.deep.equal(IDS);
      const withoutTimes = (ledger: typeof first) => ({ ...ledger, events: {} });
      const again = async () => {
        const [kept, fresh] = [await one.read(), await store().read()];
        expect(withoutTimes(kept)).to.deep.equal(withoutTimes(fresh));
        return kept?.migrations ?? {};
      };
      await again();
      await one.recordStep("0002-two", "late", 0);
      expect((await again())["0002-two"]?.steps).to.include("late");
      await one.forget("0002-two", ["late"]);
      expect((await again())["0002-two"]?.steps).to.not.include("late");
      const files = { "migration.yaml": "", "expand.sql": "" };
      await session.transaction(async () => one.recordState("0003-three", files, "filled"));
      expect((await again())["0003-three"]).to.deep.include({ state: "filled", files });
      await bench.query("DELETE FROM zero_downtime.migration WHERE id = '0001-one'");
      expect(Object.keys(await again())).to.not.include("0001-one");
    } finally {
      await session.close();
    }
  });
});
