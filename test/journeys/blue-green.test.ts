import { expect } from "chai";
import { z } from "zod";
import type { Phase } from "../../release/phases.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { JOBS, JOBS_BACK, seededMoments, TESTS_OF_GREEN } from "../support/journey/stage-jobs.ts";
import { schemaSight } from "../support/postgres/schema-state.ts";
import { patchWeights } from "../support/postgres/external-writers.ts";
import { until } from "../support/until.ts";
import { SHOWN_STAGES, shownAsOutputs, shownByKubectl, shownByPsql } from "./shown-stages.ts";

/** How long the pods of a colour may take to become ready. */
const START_SECONDS = 20;

describe("A blue-green release with a schema change", function () {
  const aMomentOf = seededMoments();
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
    await journey.failsAt("deploy", why, { green });
    // The Job's first pod gives up at the limit; the one after it sees at once that it has passed.
    const [first = 0, second = Infinity] = await secondsOfTries(TESTS_OF_GREEN);
    expect(second).to.be.below(first / 2);
    await onlyTheOldVersionHasServed();
  });

  goesBackToBackfill();

  it("fails clearly in deploy when the new version does not pass its smoke test", async () => {
    const green = await journey.newVersion("fail-smoke");
    await journey.failsAt("deploy", /GET \/version at .* failed: expected status 200, got 500/, { green });
    await onlyTheOldVersionHasServed();
  });

  shows("deploy", "blue, with a fixed image", async () =>
    journey.goes("deploy", { green: await journey.newVersion() }),
  );
  shows("switch", "green", () => journey.goes("switch"));
  shows("retire", "green, though a hand has sent users back to the old version before", async () => {
    await patchWeights(journey, { blue: 50, green: 50 });
    await until("the hand's weights are in force", async () => (await journey.versionsNow()).length === 2);
    await journey.goes("retire");
  });
  showsAfterAKill("contract");
  showsAfterAKill("stable");

  it("loses nothing", () => journey.nothingWasLost());

  function goesBackToBackfill() {
    const { title, hasCome } = aMomentOf(JOBS_BACK.backfill);
    it(`goes back to backfill without that version by the next up, where one was killed when ${title}`, async () => {
      await journey.isKilled("backfill", hasCome);
      await clearJobsOfKilledUp();
      await journey.goesBackTo("backfill");
      const { pods } = await clusterSight(journey.target, journey.name, "address-book");
      expect(pods["address-book-green"]).to.equal("0 of 0 with 2.0.0");
      await onlyTheOldVersionHasServed();
    });
  }

  /** The other stages are killed where everything else goes wrong, too: mishaps.test.ts. */
  function showsAfterAKill(phase: "contract" | "stable") {
    const { title, hasCome } = aMomentOf(JOBS[phase]);
    shows(phase, `green, where an up was killed when ${title}, and the next one completed it`, async () => {
      await journey.isKilled(phase, hasCome);
      await clearJobsOfKilledUp();
      await journey.goes(phase);
    });
  }

  /** Each attempt names its own Jobs, so nobody clears away what one that was killed has left. */
  const clearJobsOfKilledUp = () => journey.kubectl("delete", "jobs", "--all");

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

  /** How long each pod of a Job that has failed has run, in the order of their starts. */
  async function secondsOfTries(job: string): Promise<number[]> {
    const text = await journey.kubectl("get", "pods", "--output=json");
    return ended
      .parse(JSON.parse(text))
      .items.filter(({ metadata }) => metadata.name.includes(`-${job}-`))
      .flatMap(({ status }) => status.containerStatuses.flatMap(({ state }) => state.terminated ?? []))
      .map(({ startedAt, finishedAt }) => [Date.parse(startedAt), Date.parse(finishedAt)] as const)
      .sort(([one], [other]) => one - other)
      .map(([startedAt, finishedAt]) => (finishedAt - startedAt) / 1000);
  }

  async function onlyTheOldVersionHasServed() {
    const { weights } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 100, "address-book-green": 0 });
    const versions = new Set(journey.load.snapshot().seen.map(({ version }) => version));
    expect([...versions]).to.deep.equal(["1.0.0"]);
  }
});

const ended = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        containerStatuses: z
          .array(
            z.object({
              state: z.object({
                terminated: z.object({ startedAt: z.string(), finishedAt: z.string() }).optional(),
              }),
            }),
          )
          .default([]),
      }),
    }),
  ),
});
