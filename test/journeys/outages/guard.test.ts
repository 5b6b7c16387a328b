import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { request } from "undici";
import { stopDaemon } from "../../../local/machine/daemon.ts";
import { up } from "../../../local/environment.ts";
import { folders } from "../../../local/folders.ts";
import { silentReport } from "../../../local/report.ts";
import { aJourney } from "../../support/journey/a-journey.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../../support/cluster/candidate-state.ts";
import { countedRequests, isJudged, verdictOf } from "../../support/cluster/guard-state.ts";
import { faultyImage } from "../../support/journey/journey-images.ts";
import { patchWeights } from "../../support/postgres/external-writers.ts";
import { until } from "../../support/until.ts";
import { Zd } from "../../support/journey/zd.ts";

/** From enough evidence to all traffic on the old version. */
const FLIPPED_MILLISECONDS = 10_000;

/** Everybody's rule of the route, where the first one is the testers'. */
const BEHIND_TESTERS = 1;

/** Both versions pass every test in deploy; they go wrong when this file is there. */
const FAULTY = "/tmp/faulty";

/** The new version's metrics hang while this file is there. */
const HANGING = "/tmp/hanging";

/** The segment of the load in which requests may fail though no bad version has answered them. */
const NOBODYS_FAULT = "gateway restarted";

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
        database: { slowSeconds: 5 },
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
    await until("all traffic is back", async () => (await share()) === "0");
    expect(Date.now() - judgedAt).to.be.lessThan(FLIPPED_MILLISECONDS);
    expect(await answersOf("1.1.0")).to.be.lessThan(250);
    await journey.isServedBy("1.0.0");
    expect(await colourFor({ "x-tester": "yes" })).to.equal("blue");
  });

  it("is refused the next rung and a repetition of this one, with the guard's own words", async () => {
    const why = /1\.1\.0 failed on the rung at 5 % .* The way back is deploy with blue active/;
    await journey.isRefused("canary", why, { weight: 50 });
  });

  it("tells in its report what happened, when, why and what it cost, to whoever was not there", async () => {
    const { stack } = journey.book;
    const folder = dirname(stack.configFile);
    const zd = Zd.on(journey.name, folder, journey.target.variables);
    const file = join(folder, "report.html");
    const { code, text } = await zd.run("report", "--output", file);
    expect(code, text).to.equal(0);
    const page = (await readFile(file, "utf8"))
      .replace(/<(style|svg).*?<\/\1>|<[^>]*>/gs, " ")
      .replace(/\s+/g, " ");
    for (const words of [
      /1\.1\.0 failed at 5 % of the traffic/,
      /1\.1\.0 \(green\) was to take over from 1\.0\.0 \(blue\) by canary/,
      /All public traffic was on 1\.0\.0 again at \d\d:\d\d:\d\d UTC, .* by the guard/,
      /Users were on 1\.1\.0 from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d UTC, .* at most 5 % of the traffic/,
      /a candidate no worse than the old version would look as bad as this in fewer than one of/,
      /Of \d+ requests that 1\.1\.0 answered .*, \d+ failed/,
      /the release made about \d+ more requests? fail/,
    ])
      expect(page).to.match(words);
    const [, judged] = /requests failed \((\d+) of \d+\), against/.exec(page) ?? [];
    const [, counted] = /requests that 1\.1\.0 answered [^,]*, (\d+) failed/.exec(page) ?? [];
    expect(Number(counted), "failures by the guard's count").to.be.at.least(Number(judged));
  });

  it("goes back to deploy, and is refused to come again with the same image", async () => {
    await journey.goesBackTo("deploy");
    await journey.isRefused("canary", /stays failed until green\.image names another one/, { weight: 5 });
  });

  it("is tried again with another image, and may not leave the rung before it passes", async () => {
    const image = await faultyImage(
      journey.target,
      "v1",
      `when:${FAULTY},error-rate:1,hang-metrics-when:${HANGING}`,
    );
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
    const { stages } = await isJudged(journey, "pass");
    const metrics = stages["5"]?.judgement.findings.map(({ metric }) => metric);
    expect(metrics).to.deep.equal(["failures", "database"]);
    await until("the guard has counted every answer, and none twice", async () => {
      const counted = await countedRequests(journey);
      return Math.abs(counted - (await answersOf("1.2.0"))) <= 15;
    });
  });

  it("says that it cannot tell while the new version's metrics hang, and judges on afterwards", async () => {
    await onPods("touch", HANGING);
    const { stages } = await isJudged(journey, "inconclusive");
    expect(stages["5"]?.judgement.sentence).to.match(/metrics/i);
    await onPods("rm", HANGING);
    await isJudged(journey, "pass");
  });

  it("keeps the traffic where it is while the API server is restarted, and judges on afterwards", async () => {
    await isRestarted("kube-apiserver");
    await goesOnAt(5);
  });

  it("keeps it there when the gateway is restarted, too", async () => {
    await isRestarted("contour");
    await goesOnAt(5);
    await journey.load.mark(NOBODYS_FAULT);
    await isRestarted("envoy");
    const answered = await answersOf("1.0.0");
    await until("users are answered again", async () => (await answersOf("1.0.0")) > answered + 30);
    await journey.load.mark("gateway is back");
    await goesOnAt(5);
  });

  it("names whoever is at work already where two run up at once, and is as it was", async () => {
    const before = await journey.objects();
    const outcomes = await Promise.all([journey.book.stack.up(), journey.book.stack.up()]);
    const refused = outcomes.filter(({ isOk }) => !isOk);
    expect(refused.length).to.be.greaterThan(0);
    for (const { text } of refused)
      expect(text).to.match(/currently locked by \d lock.*created by \S+@\S+ \(pid \d+\)/s);
    expect(await journey.objects()).to.deep.equal(before);
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
    await until("all traffic is back", async () => (await share()) === "0");
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
    const { totals, segments, check } = await journey.reports();
    for (const { label, totals: part } of segments.filter((each) => each.label !== NOBODYS_FAULT))
      expect(part.failed, label).to.equal(part.failedBy["5xx"] ?? 0);
    expect(totals).to.include({ wrong: 0, overflow: 0 });
    expect(check).to.include({ complete: true, lost: 0, changed: 0 });
    await journey.keptItsRows();
  });

  const goesWrong = () => onPods("touch", FAULTY);

  const onPods = (...command: readonly string[]) =>
    onPodsOfCandidate(journey.target, journey.name, ...command);

  /** One of the environment's daemons is killed, and brought up again. */
  async function isRestarted(daemon: string) {
    await stopDaemon(folders(), daemon, "SIGKILL");
    await up(silentReport);
  }

  /** The weights are the rung's, and the guard counts on and passes it. */
  async function goesOnAt(weight: number) {
    expect(await share()).to.equal(String(weight));
    const counted = await countedRequests(journey);
    await until("the guard counts on", async () => (await countedRequests(journey)) > counted);
    await isJudged(journey, "pass");
  }

  const share = () => shareOfCandidate(journey.target, journey.name);

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
