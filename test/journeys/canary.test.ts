import { expect } from "chai";
import { aJourney } from "../support/journey/a-journey.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { isJudged } from "../support/cluster/guard-state.ts";
import { faultyImage } from "../support/journey/journey-images.ts";
import { until } from "../support/until.ts";

/** Requests that show a share well enough. */
const ENOUGH = 400;

/** What the entrance needs to hear of a way back. */
const HEARD_MILLISECONDS = 1000;

/**
 * Segments of the load in which requests may fail: from a crash until the way back's traffic is
 * written and heard of.
 */
const CRASHED = ["crashed", "back to deploy"];

const QUICK = { minimumSeconds: 1, failures: { ruledOut: 0.5 }, durations: null, cpu: null, memory: null };

describe("A canary release without a schema change, of a version that crashes", function () {
  const journey = aJourney(this, "canary", {
    rate: 150,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: v1 };
    },
    // Passes after a dozen requests: what a rung judges is the guard's journey.
    config: () => ({ strategy: "canary", canary: QUICK }),
  });

  it("begins with deploy, as no schema changes", async () =>
    journey.goes("deploy", { green: await crashing("one") }));

  it("loses nothing any more once the way back is written, where an up was killed at weight 1 and it crashed", async () => {
    const isWritten = (_: readonly string[], started: number) =>
      journey.trafficWrittenSince(started) !== undefined;
    await journey.isKilled("canary", isWritten, { weight: 1 });
    await crashesAndGoesBack("one");
  });

  it("is mended by another image, in deploy", async () =>
    journey.goes("deploy", { green: await crashing("two") }));
  climbs(1);
  climbs(5);
  climbs(25);

  it("goes back down from 25 to 5 %", async () => {
    await journey.goesBackTo("canary", { weight: 5 });
    await givesTheCandidate(5);
    await isJudged(journey, "pass");
  });

  climbs(25);
  climbs(50);

  it("switches from the top rung", async () => {
    await journey.goes("switch");
    await journey.isServedBy("1.1.0");
  });

  it("loses nothing any more once the way back is written, when it crashes in switch", () =>
    crashesAndGoesBack("two"));

  it("loses no request but those that met a crash, and no row", async () => {
    const { segments, totals, check } = await journey.reports();
    const others = segments.filter(({ label }) => !CRASHED.includes(label));
    expect(others.filter((segment) => segment.totals.failed > 0)).to.deep.equal([]);
    expect(totals).to.include({ wrong: 0, overflow: 0 });
    expect(check).to.include({ complete: true, lost: 0, changed: 0 });
    await journey.keptItsRows();
  });

  function climbs(weight: number) {
    it(`gives the new version about ${weight} % of the requests on rung ${weight}, and passes it`, async () => {
      await journey.goes("canary", { weight });
      await givesTheCandidate(weight);
      await isJudged(journey, "pass");
    });
  }

  async function givesTheCandidate(weight: number) {
    const { weights } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 100 - weight, "address-book-green": weight });
    await journey.load.mark(`at ${weight} %`);
    const { answered } = journey.load.snapshot();
    await until("enough requests were answered", () => journey.load.snapshot().answered >= answered + ENOUGH);
    const { seen, answered: all } = (await journey.load.mark(`after ${weight} %`)).totals;
    const answersOf = (wanted: string) =>
      seen.filter(({ version }) => version === wanted).reduce((sum, { answers }) => sum + answers, 0);
    // Five standard deviations: chance alone goes beyond it once in millions of runs.
    const expected = (weight / 100) * all;
    const tolerance = 5 * Math.sqrt(expected * (1 - weight / 100));
    expect(answersOf("1.1.0")).to.be.within(expected - tolerance, expected + tolerance);
    expect(answersOf("1.0.0") + answersOf("1.1.0")).to.equal(all);
  }

  /** Runs well until the file is there; then it crashes, and does so again at each start. */
  async function crashing(file: string) {
    const image = await faultyImage(journey.target, "v1", `crash-when:/tmp/${file}`);
    return { version: "1.1.0", image, schema: "0001-create-address" };
  }

  async function crashesAndGoesBack(file: string) {
    const pods = await journey.kubectl(
      "get",
      "pods",
      "--selector=zero-downtime/workload=green",
      "--output=name",
    );
    await journey.load.mark("crashed");
    const started = Date.now();
    for (const pod of pods.trim().split("\n"))
      await journey.kubectl("exec", pod, "--", "touch", `/tmp/${file}`);
    await until("no pod of the new version is ready", async () => (await candidate()).startsWith("0 of 2"));

    // The guard may have been faster.
    const going = journey.goesBackTo("deploy");
    await until("the way back is written", () => journey.trafficWrittenSince(started) !== undefined);
    const heardAt = (journey.trafficWrittenSince(started) ?? 0) + HEARD_MILLISECONDS;
    await until("the entrance has heard of it", () => Date.now() > heardAt);
    await journey.load.mark("answered again");
    await journey.isServedBy("1.0.0");
    await going;
    // It was not waited for: it is as broken as it was.
    expect(await candidate()).to.equal("0 of 2 with 1.1.0");
    await journey.isServedBy("1.0.0");
  }

  const candidate = async () =>
    (await clusterSight(journey.target, journey.name, "address-book")).pods["address-book-green"] ?? "";
});
