import { expect } from "chai";
import { clusterSight } from "../support/cluster-sight.ts";
import { aJourney } from "../support/a-journey.ts";
import { applyWeights, patchWeights } from "../support/strangers.ts";
import { until } from "../support/until.ts";

describe("A release that is rolled back, while strangers write the traffic", function () {
  const journey = aJourney(this, "rollback");

  it("reaches switch", async () => {
    await journey.goes("expand");
    await journey.goes("backfill");
    await journey.goes("deploy");
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
  });

  it("gives all traffic back to the old version, which was warm", async () => {
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0");
    const { jobs } = await clusterSight(journey.target, journey.name, "address-book");
    expect(jobs).to.deep.equal(["probe", "ready-blue"]);
  });

  it("parks nobody who serves, though a hand has sent users back to the old version before retire", async () => {
    await journey.goes("switch");
    await patchWeights(journey, { blue: 50, green: 50 });
    await until("the hand's weights are in force", async () => (await journey.versionsNow()).length === 2);
    await journey.goes("retire");
    await journey.isServedBy("2.0.0");
  });

  it("starts, tests and warms the parked version before it gets its traffic back", async () => {
    const started = Date.now();
    await journey.goesBackTo("deploy");
    const writtenAt = journey.trafficWrittenSince(started) ?? 0;
    const done = await journey.finishTimes();
    for (const job of ["ready-blue", "smoke-blue", "warm-up-blue"])
      expect(done[job], `${job} before the traffic`).to.be.at.most(writtenAt);
    expect(done["probe"], "probe after the traffic").to.be.at.least(writtenAt - 1000);
    await journey.isServedBy("1.0.0");
  });

  it("parks nobody who serves, though another writer has taken the traffic by force before retire", async () => {
    await journey.goes("switch");
    await applyWeights(journey, "another-controller", { blue: 100, green: 0 });
    await until("the other writer's weights are in force", async () =>
      (await journey.versionsNow()).includes("1.0.0"),
    );
    await journey.goes("retire");
    await journey.isServedBy("2.0.0");
    const { weights, pods } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 0, "address-book-green": 100 });
    expect(pods).to.deep.equal({
      "address-book-blue": "0 of 0 with 1.0.0",
      "address-book-green": "2 of 2 with 2.0.0",
    });
  });

  it("loses nothing", () => journey.nothingWasLost());
});
