import { expect } from "chai";
import { request } from "undici";
import { aJourney } from "../support/a-journey.ts";
import { countedRequests, isJudged, verdictOf } from "../support/guard-sight.ts";
import { faultyImage } from "../support/journey-images.ts";
import { patchWeights } from "../support/strangers.ts";
import { until } from "../support/until.ts";

/** From enough evidence to all traffic on the old version. */
const FLIPPED_MILLISECONDS = 10_000;

/** Everybody's rule of the route, where the first one is the testers'. */
const BEHIND_TESTERS = 1;

/** Both versions pass every test in deploy; they go wrong when this file is there. */
const FAULTY = "/tmp/faulty";

describe("A canary that a guard watches, of a version that fails 5 % of its requests and of one that fails later", function () {
  const journey = aJourney(this, "guard", {
    rate: 100,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: await faultyImage(target, "v1", `when:${FAULTY},error-rate:0.05`) };
    },
    config: ({ gateway }, images) => ({
      strategy: "canary",
      green: { version: "1.1.0", image: images.v2, schema: "0001-create-address" },
      traffic: {
        mode: "gateway",
        gateway: { name: gateway.name, namespace: gateway.namespace },
        hostnames: ["guard.test"],
        clusterUrl: gateway.clusterUrl,
        publicUrl: gateway.publicUrl,
        candidateHeader: { name: "x-tester", value: "yes" },
      },
      canary: {
        rungs: [5, 50],
        minimumSeconds: 3,
        failures: { ruledOut: 0.2 },
        durations: null,
        cpu: null,
        memory: null,
      },
    }),
  });

  it("lets nobody from outside reach the candidate in deploy, not even with the testers' header", async () => {
    await journey.goes("deploy");
    expect(await colourFor({ "x-tester": "yes" })).to.equal("blue");
  });

  it("is back on the old version by itself, before 250 requests have met the new one", async () => {
    await goesWrong();
    const going = journey.goes("canary", { weight: 5 });
    await until("traffic is on the new version", async () => (await answersOf("1.1.0")) > 0);
    expect(await colourFor({ "x-tester": "yes" })).to.equal("green");
    await going;
    const record = await isJudged(journey, "fail");
    const judgedAt = Date.parse(record.failed?.at ?? "");
    await until("all traffic is back", async () => (await shareOfCandidate()) === "0");
    expect(Date.now() - judgedAt).to.be.lessThan(FLIPPED_MILLISECONDS);
    expect(await answersOf("1.1.0")).to.be.lessThan(250);
    await journey.isServedBy("1.0.0");
    expect(await colourFor({ "x-tester": "yes" })).to.equal("blue");
  });

  it("is refused the next rung and a repetition of this one, with the guard's own words", async () => {
    const why = /1\.1\.0 failed on the rung at 5 % .* The way back is deploy with blue active/;
    await journey.isRefused("canary", why, { weight: 50 });
  });

  it("goes back to deploy, and is refused to come again with the same image", async () => {
    await journey.goesBackTo("deploy");
    await journey.isRefused("canary", /stays failed until green\.image names another one/, { weight: 5 });
  });

  it("is tried again with another image, and may not leave the rung before it passes", async () => {
    const image = await faultyImage(journey.target, "v1", `when:${FAULTY},error-rate:1`);
    await journey.goes("deploy", { green: { version: "1.2.0", image, schema: "0001-create-address" } });
    await journey.goes("canary", { weight: 5 });
    expect((await verdictOf(journey))?.failed).to.equal(null);
  });

  it("forgets and doubles nothing where the guard is killed and all pods of the new version are replaced", async () => {
    const [pod = ""] = (
      await journey.kubectl("get", "pods", "--selector=zero-downtime/job=guard", "--output=name")
    ).split("\n");
    await journey.kubectl("delete", pod, "--grace-period=0", "--force");
    await journey.kubectl("rollout", "restart", "deployment/address-book-green");
    await journey.kubectl("rollout", "status", "deployment/address-book-green", "--timeout=60s");
    await isJudged(journey, "pass");
    await until("the guard has counted every answer, and none twice", async () => {
      const counted = await countedRequests(journey);
      return Math.abs(counted - (await answersOf("1.2.0"))) <= 15;
    });
  });

  it("judges nothing while a hand has changed the weights, and names it", async () => {
    await journey.goes("canary", { weight: 50 });
    await isJudged(journey, "pass");
    await patchWeights(journey, { blue: 90, green: 10 }, BEHIND_TESTERS);
    const { stages } = await isJudged(journey, "inconclusive");
    expect(stages["50"]?.judgement.sentence).to.match(/gives .* 90 %, .* 10 %, as kubectl-patch wrote it/);
    await journey.isRefused("switch", /verdict of the rung at 50 % is "inconclusive": The entrance gives/);
    await patchWeights(journey, { blue: 50, green: 50 }, BEHIND_TESTERS);
    await isJudged(journey, "pass");
  });

  it("is back on the old version within seconds, when it begins to fail in switch", async () => {
    await journey.goes("switch");
    await journey.isServedBy("1.2.0");
    await journey.load.mark("failing");
    await goesWrong();
    const failingAt = Date.now();
    await until("all traffic is back", async () => (await shareOfCandidate()) === "0");
    expect(Date.now() - failingAt).to.be.lessThan(FLIPPED_MILLISECONDS);
    await journey.load.mark("given back");
    await journey.isServedBy("1.0.0");
  });

  it("is refused retire, and goes back to deploy", async () => {
    await journey.isRefused("retire", /1\.2\.0 failed in switch .* The way back is deploy with blue active/);
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0");
  });

  it("loses no request but those that a bad version has answered, and no row", async () => {
    const { totals, check } = await journey.reports();
    expect(totals.failedBy).to.have.all.keys("5xx");
    expect(totals).to.include({ wrong: 0, overflow: 0 });
    expect(check).to.include({ complete: true, lost: 0, changed: 0 });
    await journey.keptItsRows();
  });

  async function goesWrong() {
    const selector = "--selector=zero-downtime/workload=green";
    const pods = await journey.kubectl("get", "pods", selector, "--output=name");
    for (const pod of pods.trim().split("\n")) await journey.kubectl("exec", pod, "--", "touch", FAULTY);
  }

  const shareOfCandidate = () =>
    journey.kubectl(
      "get",
      "httproute",
      "address-book",
      '--output=jsonpath={.spec.rules[-1:].backendRefs[?(@.name=="address-book-green")].weight}',
    );

  /** Answers of a version since the journey began. */
  async function answersOf(wanted: string): Promise<number> {
    const { seen } = journey.load.snapshot();
    return seen.filter(({ version }) => version === wanted).reduce((sum, { answers }) => sum + answers, 0);
  }

  async function colourFor(headers: Record<string, string>): Promise<string | null> {
    const url = new URL("/version", journey.target.gateway.publicUrl);
    const { statusCode, headers: answered } = await request(url, {
      headers: { host: journey.book.host, ...headers },
    });
    expect(statusCode).to.equal(200);
    return String(answered["x-colour"]);
  }
});
