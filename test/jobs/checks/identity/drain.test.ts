import { expect } from "chai";
import { awaitDrained } from "../../../../jobs/checks/identity/drain.ts";
import { awaitProof } from "../../../../jobs/checks/probe.ts";
import { configSchema } from "../../../../protocol/config/config-schema.ts";
import { probeSettings, type Leaving } from "../../../../protocol/jobs/probe-settings.ts";
import { answering, testContext, type Answering } from "../../answering.ts";
import { entranceDouble, settingsOf, type EntranceDouble } from "./entrance-double.ts";

const PACE = { lookMilliseconds: 10, stillMilliseconds: 100 };

describe("before pods are parked", () => {
  let double: EntranceDouble;
  let metrics: Answering;
  let requests: () => number;
  let status: number;

  beforeEach(async () => {
    requests = () => 7;
    status = 200;
    metrics = await answering((_, response) =>
      response.writeHead(status).end(`http_requests_total{code="200"} ${requests()}\n`),
    );
    double = await entranceDouble((_, response) => void response.end());
    double.pods.push({ name: "blue-1", colour: "blue", more: { podIP: "127.0.0.1" } });
  });
  afterEach(async () => {
    await metrics.close();
    await double.close();
  });

  const leaving = (more: object = {}): Leaving => {
    const {
      requests: names,
      durations,
      statusLabels,
      failures,
      ignore,
    } = configSchema.shape.canary.parse({}).metrics;
    const port = Number(new URL(metrics.url).port);
    const pages = { requests: names, durations, statusLabels, failures, ignore, path: "/metrics", port };
    const given = probeSettings.shape.leaving.parse({
      namespace: "live",
      pods: [{ colour: "blue" }, { colour: "rolling" }],
      seconds: 60,
      idleSince: null,
      metrics: pages,
      ...more,
    });
    if (given === null) throw new RangeError("Cannot test without anybody who leaves");
    return given;
  };
  const drained = (more: object = {}) => awaitDrained(leaving(more), testContext(), double.api, PACE);

  it("nobody is waited for where there are none", async () => {
    double.pods.splice(0);
    expect(await drained()).to.include({ by: "no pods", why: "There are no pods to be parked" });
  });

  it("pods that have ended count as none", async () => {
    double.pods.splice(0, 3, { name: "blue-0", colour: "blue", more: { phase: "Failed" } });
    expect(await drained()).to.include({ by: "no pods" });
  });

  it("it is enough that none of them counts a request for a while", async () => {
    const { by, why, milliseconds } = await drained();
    expect(by).to.equal("counters");
    expect(why).to.match(/^The pods that are parked now have counted no request for 0 s$/);
    expect(milliseconds).to.be.at.least(100);
  });

  it("a request that is counted begins the wait anew", async () => {
    const start = performance.now();
    requests = () => (performance.now() - start < 200 ? Math.round(performance.now()) : 7);
    const { by, milliseconds } = await drained();
    expect(by).to.equal("counters");
    expect(milliseconds).to.be.at.least(290);
  });

  it("time passes where requests go on", async () => {
    requests = () => performance.now();
    const { by, why } = await drained({ seconds: 0.3 });
    expect(by).to.equal("time");
    expect(why).to.equal(
      "The pods that are parked now have had no new connection for 0 s (zero-downtime:app.drainSeconds: 0.3)",
    );
  });

  it("time passes where counters cannot be read, of a single pod even", async () => {
    expect((await drained({ seconds: 0.2, metrics: null })).by).to.equal("time");
    double.pods.push({ name: "blue-2", colour: "blue" });
    expect((await drained({ seconds: 0.3 })).by).to.equal("time");
    double.pods.pop();
    status = 500;
    expect((await drained({ seconds: 0.3 })).by).to.equal("time");
  });

  it("the time that a soak took counts", async () => {
    const { by, why, milliseconds } = await drained({ idleSince: Date.now() - 3_600_000 });
    expect(by).to.equal("time");
    expect(why).to.match(/no new connection for 3600 s/);
    expect(milliseconds).to.be.lessThan(100);
  });

  it("a clock that is ahead of this one does not make the wait longer than what config says", async () => {
    requests = () => performance.now();
    expect((await drained({ seconds: 0.2, idleSince: Date.now() + 60_000 })).by).to.equal("time");
  });

  it("the probe says which of these it was, after what it has proven", async () => {
    const settings = settingsOf(double, { leaving: leaving() });
    const { ok, summary, facts } = await awaitProof(settings, testContext(), double.api, PACE);
    expect(ok, summary).to.equal(true);
    expect(summary).to.match(/to nobody else\. The pods that are parked now have counted no request for/);
    expect(facts?.["drained"]).to.include({ by: "counters" });
  });

  it("nobody is waited for where every answer on every connection tells who gives it", async () => {
    await double.close();
    double = await entranceDouble((_, response) => void response.setHeader("x-colour", "green").end());
    const settings = settingsOf(double, {
      identity: { by: "header", header: "x-colour" },
      endpoints: null,
      leaving: leaving(),
    });
    const { facts } = await awaitProof(settings, testContext(), double.api, PACE);
    expect(facts).not.to.have.property("drained");
  });
});
