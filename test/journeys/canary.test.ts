import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { request } from "undici";
import type { Phase } from "../../release/phases.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../support/cluster/candidate-state.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { countedRequests, isJudged, QUICK_CANARY } from "../support/cluster/guard-state.ts";
import { faultyImage } from "../support/journey/journey-images.ts";
import { overtakenUp } from "../support/journey/overtaken-up.ts";
import { answersBy } from "../support/journey/who-serves.ts";
import { patchWeights } from "../support/postgres/external-writers.ts";
import { until } from "../support/until.ts";

/** Requests that show a share well enough. */
const ENOUGH = 600;

/** Everybody's rule of the route, where the first one is the testers'. */
const BEHIND_TESTERS = 1;

/** Both new versions pass every test and every rung; they go wrong when this file is there. */
const FAULTY = "/tmp/faulty";

/** The first one's metrics hang while this file is there. */
const HANGING = "/tmp/hanging";

describe("A canary release without a schema change, of versions that a guard fails", function () {
  const journey = aJourney(this, "canary", {
    rate: 100,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: v1 };
    },
    config: ({ gateway }) => ({
      strategy: "canary",
      traffic: {
        mode: "gateway",
        gateway: { name: gateway.name, namespace: gateway.namespace },
        hostnames: ["canary.test"],
        clusterUrl: gateway.clusterUrl,
        publicUrl: gateway.publicUrl,
        candidateHeader: { name: "x-tester", value: "yes" },
      },
      canary: { ...QUICK_CANARY, database: { slowSeconds: 5 } },
    }),
  });
  /** From a version that fails in switch to all traffic on the old one. */
  let givenBackSeconds = Infinity;
  /** What an `up` takes that goes back to deploy. */
  let upBackSeconds = 0;
  /** What an `up` has said that the guard's verdict overtook on its way to more traffic. */
  let tooLate = "";

  it("begins with deploy, as no schema changes", async () => {
    const fault = `when:${FAULTY},error-rate:1,hang-metrics-when:${HANGING}`;
    await journey.goes("deploy", { green: await candidate("1.1.0", fault) });
  });

  it("lets nobody from outside reach the candidate there, not even with the testers' header", async () => {
    expect(await colourFor({ "x-tester": "yes" })).to.equal("blue");
  });

  climbs(5);

  it("lets testers reach it by their header from then on", async () => {
    expect(await colourFor({ "x-tester": "yes" })).to.equal("green");
  });

  it("forgets and doubles nothing where the guard is killed and all pods of the new version are replaced", async () => {
    const [pod = ""] = (
      await journey.kubectl("get", "pods", "--selector=zero-downtime/job=guard", "--output=name")
    ).split("\n");
    await journey.kubectl("delete", pod, "--grace-period=0", "--force");
    await journey.kubectl("rollout", "restart", "deployment/address-book-green");
    await journey.kubectl("rollout", "status", "deployment/address-book-green", "--timeout=60s");
    const { stages } = await isJudged(journey, "pass");
    const metrics = stages["5"]?.judgement.findings.map(({ metric }) => metric);
    expect(metrics).to.deep.equal(["failures", "database"]);
    await until("the guard has counted every answer, and none twice", async () => {
      const counted = await countedRequests(journey);
      return Math.abs(counted - answersBy(journey.load, "1.1.0")) <= 15;
    });
  });

  it("says that it cannot tell while the new version's metrics hang, and judges on afterwards", async () => {
    await onPods("touch", HANGING);
    const { stages } = await isJudged(journey, "inconclusive");
    expect(stages["5"]?.judgement.sentence).to.match(/metrics/i);
    await onPods("rm", HANGING);
    await isJudged(journey, "pass");
  });

  climbs(50, ", and names itself to another up meanwhile, which changes nothing", async () => {
    await until("the first one has got to a Job", async () => {
      const { unfinishedJobs } = await clusterSight(journey.target, journey.name, "address-book");
      return unfinishedJobs.length > 0;
    });
    const { isOk, text } = await journey.book.stack.up();
    expect(isOk, text).to.equal(false);
    expect(text).to.match(/currently locked by \d lock.*created by \S+@\S+ \(pid \d+\)/s);
  });

  it("judges nothing while a hand has changed the weights, and names it", async () => {
    await patchWeights(journey, { blue: 90, green: 10 }, BEHIND_TESTERS);
    const { stages } = await isJudged(journey, "inconclusive");
    expect(stages["50"]?.judgement.sentence).to.match(/gives .* 90 %, .* 10 %, as kubectl-patch wrote it/);
    await journey.isRefused("switch", /verdict of the rung at 50 % is "inconclusive": The entrance gives/);
    await patchWeights(journey, { blue: 50, green: 50 }, BEHIND_TESTERS);
    await isJudged(journey, "pass");
  });

  it("goes back down from 50 to 5 %", async () => {
    await journey.goesBackTo("canary", { weight: 5 });
    await givesTheCandidate(5);
    await isJudged(journey, "pass");
  });

  it("is taken up every rung by zd, each of which passes, until the users are on the new version", async () => {
    await journey.zd("run", "--until", "switch");
    await journey.isServedBy("1.1.0");
    const { stdout } = await journey.zd("status", "--json");
    const { serving, usualBack } = JSON.parse(stdout) as {
      serving: { workload: string; percent: number }[];
      usualBack: object;
    };
    expect(serving.find(({ workload }) => workload === "green")?.percent).to.equal(100);
    expect(usualBack).to.deep.equal({ phase: "deploy", active: "blue" });
  });

  it("parks nobody where it failed after the gate had let retire pass", async () => {
    const { text, seconds } = await overtaken("1.1.0", "retire");
    givenBackSeconds = seconds;
    expect(text).to.match(
      /Cannot park the old version as 1\.1\.0 failed in switch .* Nothing was parked; go back to deploy/,
    );
    await allUsersAreOnTheOldVersion();
  });

  it("is refused retire from then on", () =>
    journey.isRefused("retire", /1\.1\.0 failed in switch .* The way back is deploy with blue active/));

  it("has a history with every stage's versions and outcome, and zd goes back to one of them by legal moves", async () => {
    const { text } = await journey.zd("history");
    expect(text).to.match(/1 .* stable with blue active +1\.0\.0 .*completed/);
    expect(text).to.match(/switch with green active +1\.0\.0 +1\.1\.0 .*completed/);
    expect(text).to.match(/retire with green active +1\.0\.0 +1\.1\.0 .*failed/);
    const back = await journey.zd("rollback", "--to", "1");
    expect(back.text).to.match(/To 1 .*: deploy with blue active → stable with blue active/);
    await allUsersAreOnTheOldVersion();
  });

  it("is tried again with another image, up to a rung that has passed", async () => {
    await journey.goes("deploy", { green: await candidate("1.2.0", `when:${FAULTY},error-rate:0.05`) });
    await journey.goes("canary", { weight: 5 });
    await isJudged(journey, "pass");
  });

  it("is back on the old version by itself, before 250 requests have met the one that fails 5 %", async () => {
    const { text, met } = await overtaken("1.2.0", "canary", { weight: 50 });
    tooLate = text;
    expect(met).to.be.lessThan(250);
    await allUsersAreOnTheOldVersion();
    expect(await colourFor({ "x-tester": "yes" })).to.equal("blue");
  });

  it("was given no more traffic by the up that the gate had let pass before", () => {
    expect(tooLate).to.match(
      /Cannot call address-book-green ready as 1\.2\.0 failed on the rung at 5 % .* It was given no more traffic/,
    );
  });

  it("is refused the next rung and a repetition of this one, with the guard's own words", async () => {
    const why = /1\.2\.0 failed on the rung at 5 % .* The way back is deploy with blue active/;
    for (const weight of [50, 5]) await journey.isRefused("canary", why, { weight });
  });

  it("tells in its report what happened, when, why and what it cost, to whoever was not there", async () => {
    const file = join(dirname(journey.book.stack.configFile), "report.html");
    await journey.zd("report", "--output", file);
    const page = (await readFile(file, "utf8"))
      .replace(/<(style|svg).*?<\/\1>|<[^>]*>/gs, " ")
      .replace(/\s+/g, " ");
    for (const words of [
      /1\.2\.0 failed at 5 % of the traffic/,
      /1\.2\.0 \(green\) was to take over from 1\.0\.0 \(blue\) by canary/,
      /All public traffic was on 1\.0\.0 again at \d\d:\d\d:\d\d UTC, .* by the guard/,
      /Users were on 1\.2\.0 from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d UTC, .* at most 5 % of the traffic/,
      /a candidate no worse than the old version would look as bad as this in fewer than one of/,
      /Of \d+ requests that 1\.2\.0 answered .*, \d+ failed/,
      /the release made about \d+ more requests? fail/,
    ])
      expect(page).to.match(words);
    const [, judged] = /requests failed \((\d+) of \d+\), against/.exec(page) ?? [];
    const [, counted] = /requests that 1\.2\.0 answered [^,]*, (\d+) failed/.exec(page) ?? [];
    expect(Number(counted), "failures by the guard's count").to.be.at.least(Number(judged));
  });

  it("goes back to deploy, and is refused to come again with the same image", async () => {
    upBackSeconds = (await journey.goesBackTo("deploy")).seconds;
    await journey.isRefused("canary", /stays failed until green\.image names another one/, { weight: 5 });
  });

  it("had its traffic given back in switch in less time than an up needs, once somebody has typed it", () => {
    expect(givenBackSeconds).to.be.below(upBackSeconds);
  });

  it("loses no request but those that a bad version has answered, and no row", async () => {
    const { totals, segments } = await journey.nothingWasWrong();
    for (const { label, totals: part } of segments)
      expect(part.failed, label).to.equal(part.failedBy["5xx"] ?? 0);
    expect(totals.failed).to.be.greaterThan(0);
  });

  function climbs(weight: number, more = "", meanwhile: () => Promise<void> = () => Promise.resolve()) {
    it(`gives the new version about ${weight} % of the requests on rung ${weight}, and passes it${more}`, async () => {
      await Promise.all([journey.goes("canary", { weight }), meanwhile()]);
      await givesTheCandidate(weight);
      await isJudged(journey, "pass");
    });
  }

  async function givesTheCandidate(weight: number) {
    expect(await share()).to.equal(String(weight));
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

  /** The same program, with a fault of its own: a candidate that has failed stays failed. */
  async function candidate(version: string, fault: string) {
    const image = await faultyImage(journey.target, "v1", fault);
    return { version, image, schema: "0001-create-address" };
  }

  const overtaken = (version: string, phase: Phase, changes: Record<string, unknown> = {}) =>
    overtakenUp(journey, { version, fail: () => onPods("touch", FAULTY) }, phase, changes);

  const share = () => shareOfCandidate(journey.target, journey.name);

  const onPods = (...command: readonly string[]) =>
    onPodsOfCandidate(journey.target, journey.name, ...command);

  async function allUsersAreOnTheOldVersion() {
    expect(await share()).to.equal("0");
    await journey.isServedBy("1.0.0");
    const { pods } = await clusterSight(journey.target, journey.name, "address-book");
    expect(pods["address-book-blue"]).to.equal("2 of 2 with 1.0.0");
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
