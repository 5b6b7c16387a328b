import { expect } from "chai";
import { watchOf } from "../../../protocol/state/guard-record.ts";
import { watch } from "../../../jobs/guard/guard.ts";
import type { Memory } from "../../../jobs/guard/guard-state.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { failuresIn, parseRecord } from "../../../release/verdict.ts";
import { until } from "../../support/until.ts";
import { testContext } from "../answering.ts";
import { entrancesOf, watchedDouble, type WatchedDouble } from "./watched-double.ts";

describe("guard", function () {
  this.timeout(20_000);
  let double: WatchedDouble;
  let context: ReturnType<typeof testContext>;
  let watching: Promise<unknown>;
  let traffic: NodeJS.Timeout;

  async function begin(more: Partial<GuardSettings> = {}) {
    double = await watchedDouble(more);
    start();
  }

  function start() {
    context = testContext();
    watching = watch(double.settings, context, double.api);
  }

  async function stop() {
    context.stop();
    await watching;
  }

  /** Requests that come in, shared out evenly, and the share of the candidate's that fail. */
  function users(perSecond: number, failing: number) {
    clearInterval(traffic);
    traffic = setInterval(() => {
      const { blue, green } = double.weights;
      for (const pod of double.pods) {
        const requests = Math.ceil(((perSecond / 20) * (pod.colour === "blue" ? blue : green)) / 200);
        if (!pod.isReady || (pod.colour === "green" && green === 0)) continue;
        pod.requests += requests;
        if (pod.colour === "green") pod.failures += Math.ceil(requests * failing);
      }
    }, 50);
  }

  const record = () => parseRecord(double.data["verdict"] ?? "null");
  const verdict = () => {
    if (double.data["verdict"] === undefined) return undefined;
    const { failed, stages, watched } = record();
    return failed ? "fail" : stages[String(watched)]?.judgement.verdict;
  };
  const memory = () => JSON.parse(double.data["memory"] ?? "null") as Omit<Memory, "record">;
  const counted = () => memory().stage.candidate.colour.requests?.count ?? 0;

  afterEach(async () => {
    clearInterval(traffic);
    await stop();
    await double.close();
  });

  it("gives all traffic back when the candidate fails, under its own name, and again when somebody takes it", async () => {
    await begin();
    users(2000, 1);
    await until("the traffic is back", () => double.weights.green === 0);
    expect(double.writers.at(-1)).to.equal("zero-downtime-guard");
    expect(record().failed).to.include({ watched: 5 });
    const told = /Gave all traffic back to 1\.0\.0 \(blue\); it was blue 95 %, green 5 %, written by/;
    await until("it says so", () => context.lines.some((line) => told.test(line)));
    double.weights = { blue: 75, green: 25 };
    await until("the traffic is back again", () => double.weights.green === 0);
  });

  it("keeps for a report how it went: the flip with its writer, and what was answered until then", async () => {
    await begin();
    users(2000, 1);
    await until("the traffic is back", () => double.weights.green === 0);
    await until("an interval is kept", () => (memory()?.course?.intervals.length ?? 0) > 0, 12_000);
    const course = watchOf(double.data)?.memory?.course;
    expect(course?.shares.slice(-2).map(({ candidate }) => candidate)).to.deep.equal([5, 0]);
    expect(course?.shares.at(-1)?.by).to.equal("zero-downtime-guard");
    expect(course?.intervals[0]?.candidate?.failures).to.be.greaterThan(0);
    expect(course?.intervals[0]?.active?.failures).to.equal(0);
  });

  it("gives the selector back where the entrance is a Service", async () => {
    await begin({ watched: "switch", entrances: entrancesOf("service") });
    double.weights = { blue: 0, green: 100 };
    users(2000, 1);
    await until("the traffic is back", () => double.weights.blue === 100);
    expect(record().failed).to.include({ watched: "switch" });
  });

  it("gives traffic to nobody who has not all of its pods ready, and does so as soon as it has", async () => {
    await begin();
    const [first] = double.pods;
    if (first) first.isReady = false;
    users(2000, 1);
    await until("it says so", () => context.lines.some((line) => /1 of 2 pods of blue are ready/.test(line)));
    expect(double.weights.green).to.equal(5);
    if (first) first.isReady = true;
    await until("the traffic is back", () => double.weights.green === 0);
  });

  it("fails a candidate without a ready pod, and not one whose rival has none either", async () => {
    await begin();
    users(2000, 0);
    for (const pod of double.pods) pod.isReady = false;
    await until("nobody is ready", () => verdict() === "inconclusive");
    const since = Date.now();
    await until("it has looked for long enough", () => memory().stage.at - since > 5_000);
    expect(record().failed).to.equal(null);
    for (const pod of double.pods) pod.isReady = pod.colour === "blue";
    await until("the traffic is back", () => double.weights.green === 0);
    expect(record().failed?.sentence).to.match(
      /2\.0\.0 has had no ready pod for \d s, .* 5 % of the requests; 1\.0\.0 has 2/,
    );
  });

  it("passes a healthy candidate, and holds it while a pod's metrics hang, fail or are no metrics", async () => {
    await begin();
    users(20_000, 0);
    await until("it passes", () => verdict() === "pass");
    const pod = double.pods[3];
    for (const metrics of ["hangs", "fails", "garbage"] as const) {
      if (pod) pod.metrics = metrics;
      await until(`it holds while a pod ${metrics}`, () => verdict() === "inconclusive");
      expect(record().stages["5"]?.judgement.sentence + JSON.stringify(record())).to.include("green-3");
      if (pod) pod.metrics = "page";
      await until("it passes again", () => verdict() === "pass");
    }
    expect(double.weights.green).to.equal(5);
    // A pod that hangs takes longer than the time between two looks.
    expect(context.lines.join("\n")).to.match(/Cannot look every 0\.2 s as a look at 4 pods takes [1-9]/);
  });

  it("neither forgets nor doubles what it has counted when it is killed and started again", async () => {
    await begin();
    users(20_000, 0);
    await until("it has counted", () => verdict() === "pass");
    const before = double.pods.map(({ requests }) => requests);
    await stop();
    users(0, 0);
    for (const pod of double.pods) pod.requests += 1000;
    start();
    const candidates = () => (double.pods[2]?.requests ?? 0) + (double.pods[3]?.requests ?? 0);
    await until(
      "it has counted what came while it was away",
      () => counted() > (before[2] ?? 0) + (before[3] ?? 0),
      10_000,
    );
    await until("the count is that of the pods", () => counted() <= candidates());
    // Only what came before its first look of all is not the stage's.
    expect(candidates() - counted()).to.be.below(candidates() / 2);
  });

  it("holds what another guard has latched", async () => {
    await begin();
    users(20_000, 0);
    await until("it passes", () => verdict() === "pass");
    const latched = {
      ...record(),
      failed: { watched: 5, sentence: "It was bad.", at: "2026-01-01T00:00:00Z" },
    };
    double.data = { ...double.data, verdict: JSON.stringify(latched) };
    double.touch();
    await until("the traffic is back", () => double.weights.green === 0);
    expect(record().failed?.sentence).to.equal("It was bad.");
  });

  it("makes the verdict's object again where somebody has deleted it, with the failure in it", async () => {
    await begin();
    users(2000, 1);
    await until("the traffic is back", () => double.weights.green === 0);
    double.data = {};
    double.isVerdictGone = true;
    await until("the failure is recorded again", () => verdict() === "fail", 12_000);
    expect(record().failed).to.include({ watched: 5 });
  });

  it("makes no new one when it starts: what the old one recorded is lost, and the gate has to see that", async () => {
    await begin();
    await stop();
    double.isVerdictGone = true;
    context = testContext();
    const ended = await watch(double.settings, context, double.api).catch((error: Error) => error.message);
    expect(ended).to.equal("Cannot watch as there is no ConfigMap book-verdict: go back to deploy");
    expect(double.isVerdictGone).to.equal(true);
    watching = Promise.resolve();
  });

  it("goes on where the API server was away, and says so", async () => {
    await begin();
    users(20_000, 0);
    await until("it passes", () => verdict() === "pass");
    double.status = 503;
    await until("it says so", () => context.lines.some((line) => /answer 503/.test(line)));
    users(2000, 1);
    double.status = 200;
    await until("the traffic is back", () => double.weights.green === 0);
  });

  it("judges nothing while the entrance is another than the stage's, and names who wrote it", async () => {
    await begin();
    double.writers.push("kubectl-edit");
    double.weights = { blue: 50, green: 50 };
    users(2000, 0.5);
    await until(
      "it says so",
      () => verdict() === "inconclusive" && /kubectl-edit/.test(double.data["verdict"] ?? ""),
    );
    expect(record().stages["5"]?.judgement.sentence).to.equal(
      "The entrance gives blue 50 %, green 50 %, as kubectl-edit wrote it, and not this stage's blue 95 %, green 5 %: nothing is judged.",
    );
    expect(double.weights.green).to.equal(50);
  });

  it("begins a new record for another image, and keeps what a person has allowed", async () => {
    await begin({ allowed: { weight: 5, reason: "the night's load test" } });
    users(2000, 1);
    await until("it has failed", () => verdict() === "fail");
    expect(record().stages["5"]?.allowed).to.equal("the night's load test");
    await stop();
    const mended = { ...double.settings.candidate, image: "registry/app@sha256:mended" };
    Object.assign(double.settings, { candidate: mended, number: 2 });
    double.weights = { blue: 95, green: 5 };
    users(2000, 0);
    start();
    await until("it is judged anew", () => record().image === mended.image);
    expect(record().failed).to.equal(null);
    const [earlier] = failuresIn(record());
    expect(earlier).to.include({ image: "registry/app@sha256:green", version: "2.0.0" });
  });

  it("takes the traffic from an image that failed before another one was tried", async () => {
    await begin();
    users(2000, 1);
    await until("it has failed", () => verdict() === "fail");
    await stop();
    const { candidate } = double.settings;
    Object.assign(double.settings, { candidate: { ...candidate, image: "registry/app@sha256:mended" } });
    start();
    await until("the other image is judged", () => record().image.endsWith(":mended"));
    await stop();
    Object.assign(double.settings, { candidate, number: 2 });
    double.weights = { blue: 95, green: 5 };
    users(2000, 0);
    start();
    await until("the traffic is back", () => double.weights.green === 0);
    expect(record()).to.include({ image: candidate.image });
    expect(record().failed).to.include({ watched: 5 });
  });
});
