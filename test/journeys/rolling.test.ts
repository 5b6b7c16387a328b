import { expect } from "chai";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { schemaSight } from "../support/postgres/schema-state.ts";
import { everywhereToRead, secretsOf } from "../support/secrets/everywhere.ts";
import { inClear } from "../support/secrets/in-clear.ts";

/** How long the pods may take to become ready. */
const START_SECONDS = 20;

/** What config holds with `--secret`, and nobody may read anywhere but in Secrets. */
const KEY = { "a variable of the application": "planted-key-in-the-environment" };
const TOKEN = { "a header of a smoke request": "planted-token-of-the-smoke-test" };
const PLANTED = { ...KEY, ...TOKEN };

describe("A rolling release with a schema change", function () {
  const journey = aJourney(this, "rolling", {
    app: { startSeconds: START_SECONDS },
    config: () => ({ strategy: "rolling" }),
    secrets: {
      "app.env.MAP_KEY": PLANTED["a variable of the application"],
      "app.smoke[0].headers.x-token": PLANTED["a header of a smoke request"],
    },
  });

  it("changes to blue-green without downtime", async () => {
    await journey.goes("stable", { strategy: "blue-green" });
    await journey.isServedBy("1.0.0");
    expect(await pods()).to.deep.equal({ "address-book-blue": "2 of 2 with 1.0.0" });
  });

  it("changes back to rolling without downtime", async () => {
    await journey.goes("stable", { strategy: "rolling" });
    await journey.isServedBy("1.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 1.0.0" });
  });

  it("stops at the first pod that does not become ready, and the old ones serve on", async () => {
    await journey.goes("expand");
    await journey.goes("backfill");
    // So the new version is of no use until a hand lets it in again: nothing has to be built anew.
    await mayLogIn(false);
    await journey.failsAt("roll", /No further pod of 1\.0\.0 is replaced, and those left serve on/);
    await journey.isServedBy("1.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 2.0.0" });
  });

  it("puts the old version back by itself if told to", async () => {
    const rolling = { onFailure: "rollback" };
    await journey.failsAt("roll", /It was put back to 1\.0\.0, all of whose pods are ready/, { rolling });
    await journey.isServedBy("1.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 1.0.0" });
  });

  it("replaces the pods one by one by a new version that does", async () => {
    await mayLogIn(true);
    await journey.goes("roll");
    await journey.isServedBy("2.0.0");
    expect(await pods()).to.deep.equal({ "address-book-rolling": "2 of 2 with 2.0.0" });
  });

  it("shows nothing secret to anybody who may not read Secrets, where the variable's value is", async () => {
    expect(inClear({ Secrets: await secretsOf(journey) }, KEY)).to.have.length(1);
    expect(inClear(await everywhereToRead(journey), PLANTED)).to.deep.equal([]);
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

  it("is taken back by a release to the old version, even after contract, with the old schema restored", async () => {
    await journey.goes("expand");
    await journey.goes("backfill");
    await journey.goes("roll");
    await journey.goes("contract");
    await journey.isServedBy("1.0.0");
    const { columns, triggers } = await schemaSight(journey.target, journey.book.database);
    expect(columns).to.include("street text required").and.not.include("street_name text required");
    expect(triggers).to.deep.equal([]);
  });

  it("loses nothing", () => journey.nothingWasLost());

  /** Whether the database lets the new version in: without it, no pod of that becomes ready. */
  const mayLogIn = (isSo: boolean) =>
    journey.query(`ALTER ROLE ${journey.book.database}_green ${isSo ? "LOGIN" : "NOLOGIN"}`);

  const pods = async () => (await clusterSight(journey.target, journey.name, "address-book")).pods;
});
