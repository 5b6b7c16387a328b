import { expect } from "chai";
import type { Phase } from "../../release/phases.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { schemaSight } from "../support/postgres/schema-state.ts";
import { patchWeights } from "../support/postgres/external-writers.ts";
import { until } from "../support/until.ts";
import { SHOWN_STAGES, shownAsOutputs, shownByKubectl, shownByPsql } from "./shown-stages.ts";

/** How long the pods of a colour may take to become ready. */
const START_SECONDS = 20;

describe("A blue-green release with a schema change", function () {
  const journey = aJourney(this, "blue-green", {
    app: { startSeconds: START_SECONDS },
    // The other journeys name an image; this one builds it by the docker resource, as people do.
    config: ({ registry, nodeImage }) => ({
      jobs: { repository: `${registry}/zero-downtime-jobs`, base: nodeImage },
    }),
  });

  shows("stable", "blue", () => Promise.resolve());

  it("leaves the schema as it was when the new version's image does not exist", async () => {
    const image = `${journey.target.registry}/address-book@sha256:${"0".repeat(64)}`;
    const green = { version: "2.0.0", image, schema: "0002-split-street" };
    const before = await schemaSight(journey.target, journey.book.database);
    await journey.failsAt("expand", /cannot pull .*0000.*No schema was changed/, { green });
    expect(await schemaSight(journey.target, journey.book.database)).to.deep.equal(before);
    await onlyTheOldVersionHasServed();
  });

  shows("expand", "blue", async () => journey.goes("expand", { green: await journey.newVersion() }));
  shows("backfill", "blue", () => journey.goes("backfill"));

  it("fails clearly in deploy when the new version never becomes ready, and no traffic is touched", async () => {
    const green = await journey.newVersion("never-ready");
    const why = /Cannot call address-book-green ready as .*0 of 2 pods are ready/;
    const { seconds } = await journey.failsAt("deploy", why, { green });
    // The Job's first pod gives up at the limit; the second, 10 s later, sees at once
    // that it has passed.
    expect(seconds).to.be.below(START_SECONDS + 60);
    await onlyTheOldVersionHasServed();
  });

  it("goes back to backfill without that version", async () => {
    await journey.goesBackTo("backfill");
    const { pods } = await clusterSight(journey.target, journey.name, "address-book");
    expect(pods["address-book-green"]).to.equal("0 of 0 with 2.0.0");
    await onlyTheOldVersionHasServed();
  });

  it("fails clearly in deploy when the new version does not pass its smoke test", async () => {
    const green = await journey.newVersion("fail-smoke");
    await journey.failsAt("deploy", /GET \/version at .* failed: expected status 200, got 500/, { green });
    await onlyTheOldVersionHasServed();
  });

  shows("deploy", "blue, with a fixed image", async () =>
    journey.goes("deploy", { green: await journey.newVersion() }),
  );
  shows("switch", "green", () => journey.goes("switch"));

  it("gives all traffic back to the old version, which was warm", async () => {
    await journey.goesBackTo("deploy");
    const { jobs } = await clusterSight(journey.target, journey.name, "address-book");
    expect(jobs).to.deep.equal(["probe", "ready-blue"]);
    await journey.isServedBy("1.0.0");
  });

  it("is switched again", async () => {
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
  });

  shows("retire", "green, though a hand has sent users back to the old version before", async () => {
    await patchWeights(journey, { blue: 50, green: 50 });
    await until("the hand's weights are in force", async () => (await journey.versionsNow()).length === 2);
    await journey.goes("retire");
  });
  shows("contract", "green", () => journey.goes("contract"));
  shows("stable", "green", () => journey.goes("stable"));

  it("loses nothing", () => journey.nothingWasLost());

  function shows(phase: Phase, how: string, go: () => Promise<unknown>) {
    const stage = SHOWN_STAGES.find((shown) => shown.phase === phase && how.startsWith(shown.active));
    if (!stage) throw new Error(`Cannot tell what ${phase} with ${how} shows`);
    it(`shows in ${phase} with ${how} active what is said to exist, and nothing else`, async () => {
      await go();
      const { target, book, name } = journey;
      expect(await clusterSight(target, name, "address-book")).to.deep.equal(shownByKubectl(stage));
      expect(await schemaSight(target, book.database)).to.deep.equal(shownByPsql(stage));
      const { completed: _, ...outputs } = await book.stack.outputs();
      expect(outputs).to.deep.equal(shownAsOutputs(stage, name, target.gateway.publicUrl));
      await journey.isServedBy(stage.active === "blue" ? "1.0.0" : "2.0.0");
    });
    it("has nothing to do there when nothing was edited", () => journey.hasNothingToDo());
  }

  async function onlyTheOldVersionHasServed() {
    const { weights } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 100, "address-book-green": 0 });
    const versions = new Set(journey.load.snapshot().seen.map(({ version }) => version));
    expect([...versions]).to.deep.equal(["1.0.0"]);
  }
});
