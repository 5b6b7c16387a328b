import { expect } from "chai";
import { clusterSight } from "../support/cluster-sight.ts";
import { aJourney } from "../support/a-journey.ts";
import { schemaSight } from "../support/schema-sight.ts";

describe("A rolling release with a schema change", function () {
  const journey = aJourney(this, "rolling", { config: () => ({ strategy: "rolling" }) });

  it("replaces the pods one by one by the new version", async () => {
    await journey.goes("expand");
    await journey.goes("backfill");
    await journey.goes("roll");
    await journey.isServedBy("2.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 2.0.0" });
  });

  it("replaces them back by the old one", async () => {
    await journey.goesBackTo("backfill");
    await journey.isServedBy("1.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 1.0.0" });
  });

  it("is rolled again, contracted, and done", async () => {
    await journey.goes("roll");
    await journey.goes("contract");
    await journey.goes("stable");
    await journey.isServedBy("2.0.0");
    const { columns, triggers } = await schemaSight(journey.target, journey.book.database);
    expect(columns).to.include("street_name text required").and.not.include("street text required");
    expect(triggers).to.deep.equal([]);
  });

  it("changes to blue-green without downtime", async () => {
    await journey.goes("stable", { strategy: "blue-green" });
    await journey.isServedBy("2.0.0");
    expect(await pods()).to.deep.equal({ "address-book-green": "2 of 2 with 2.0.0" });
  });

  it("changes back to rolling without downtime", async () => {
    await journey.goes("stable", { strategy: "rolling" });
    await journey.isServedBy("2.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 2.0.0" });
  });

  it("loses nothing", () => journey.nothingWasLost());

  const pods = async () => (await clusterSight(journey.target, journey.name, "address-book")).pods;
});
