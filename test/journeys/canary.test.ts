import { expect } from "chai";
import { clusterSight } from "../support/cluster-sight.ts";
import { aJourney } from "../support/a-journey.ts";
import { until } from "../support/until.ts";

/** Requests that show a share well enough. */
const ENOUGH = 700;

describe("A canary release without a schema change", function () {
  const journey = aJourney(this, "canary", {
    rate: 150,
    config: (_, { v1 }) => ({
      strategy: "canary",
      green: { version: "1.1.0", image: v1, schema: "0001-create-address" },
    }),
  });

  it("begins with deploy, as no schema changes", () => journey.goes("deploy"));

  climbs(1);
  climbs(5);
  climbs(25);

  it("goes back down from 25 to 5 %", async () => {
    await journey.goesBackTo("canary", { weight: 5 });
    await givesTheCandidate(5);
  });

  climbs(25);
  climbs(50);

  it("switches from the top rung, retires the old version and is done", async () => {
    await journey.goes("switch");
    await journey.isServedBy("1.1.0");
    await journey.goes("retire");
    await journey.goes("stable");
    await journey.isServedBy("1.1.0");
  });

  it("loses nothing", () => journey.nothingWasLost());

  function climbs(weight: number) {
    it(`gives the new version about ${weight} % of the requests on rung ${weight}`, async () => {
      await journey.goes("canary", { weight });
      await givesTheCandidate(weight);
    });
  }

  async function givesTheCandidate(weight: number) {
    const { weights } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 100 - weight, "address-book-green": weight });
    await journey.load.mark(`at ${weight} %`);
    const { answered } = journey.load.snapshot();
    await until("enough requests were answered", () => journey.load.snapshot().answered >= answered + ENOUGH);
    const { seen, answered: all } = (await journey.load.mark(`after ${weight} %`)).totals;
    const fromCandidate = seen
      .filter(({ version }) => version === "1.1.0")
      .reduce((sum, { answers }) => sum + answers, 0);
    // Five standard deviations: chance alone goes beyond it once in millions of runs.
    const share = weight / 100;
    const tolerance = 5 * Math.sqrt(share * (1 - share) * all);
    expect(fromCandidate).to.be.within(share * all - tolerance, share * all + tolerance);
    expect(new Set(seen.map(({ version }) => version)).has("1.0.0")).to.equal(true);
  }
});
