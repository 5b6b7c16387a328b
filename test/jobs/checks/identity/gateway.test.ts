import { expect } from "chai";
import { awaitProof } from "../../../../jobs/checks/probe.ts";
import type { Result } from "../../../../jobs/job.ts";
import { answering, testContext } from "../../answering.ts";
import { acceptedRoute, entranceDouble, settingsOf, type EntranceDouble } from "./entrance-double.ts";

/** What a gateway answers to the probe, and at the host on which it is tried. */
interface Gateway {
  readonly toProbe: Readonly<Record<string, string>>;
  readonly atTrial: Readonly<Record<string, string>> | null;
}

const TRIAL = { host: "42.zero-downtime.invalid", header: "x-tried" };

describe("a probe to whom the gateway names who answers", () => {
  let double: EntranceDouble;
  afterEach(() => double.close());

  async function probed({ toProbe, atTrial }: Gateway, more: object = {}): Promise<Result> {
    double = await entranceDouble(({ headers }, response) => {
      const isTrial = headers.host === TRIAL.host;
      const isProbe = headers["x-probe"] === "42";
      const named = isTrial ? atTrial : toProbe;
      response.writeHead(isTrial && named === null ? 404 : 200, isProbe && named ? named : {}).end();
    });
    double.behind["shop-green"] = ["green-1", "green-2"];
    double.routes["shop"] = acceptedRoute("shop");
    const settings = settingsOf(double, {
      host: "shop.example.com",
      identity: {
        by: "entrance",
        request: { name: "x-probe", value: "42" },
        header: "x-workload",
        trial: TRIAL,
      },
      endpoints: {
        namespace: "live",
        services: [{ name: "shop-green", pods: { colour: "green" }, address: null }],
        routes: ["shop"],
      },
      giveUpSeconds: 0.3,
      ...more,
    });
    return awaitProof(settings, testContext(), double.api);
  }

  const named = { "x-workload": "green" };

  it("believes it, and needs nothing of the application", async () => {
    const { ok, summary } = await probed({ toProbe: named, atTrial: { ...named, "x-tried": "yes" } });
    expect(ok, summary).to.equal(true);
    expect(summary).to.equal(
      "Every answer comes from green, since 0 ms after the start. Besides, shop-green leads to its ready pods and to nobody else, and the Gateway has accepted shop as it is now",
    );
    const hosts = new Set(double.entrance.requests.map(({ headers }) => headers.host));
    expect([...hosts]).to.include("shop.example.com");
  });

  it("goes by endpoints, and says so, as soon as the gateway is seen to ignore what backends are to add", async () => {
    const { ok, summary } = await probed(
      { toProbe: {}, atTrial: { "x-tried": "yes" } },
      { giveUpSeconds: 60, deadlineSeconds: 60 },
    );
    expect(ok, summary).to.equal(true);
    expect(summary).to.equal(
      "Only green gets new connections, which is all that can be seen as the Gateway ignores that backends are to add the header x-workload: shop-green leads to its ready pods and to nobody else, and the Gateway has accepted shop as it is now",
    );
  });

  it("goes by endpoints where nothing is seen at the host on which it is tried", async () => {
    const { ok, summary } = await probed({ toProbe: {}, atTrial: null });
    expect(ok, summary).to.equal(true);
    expect(summary).to.include(
      "as the route for 42.zero-downtime.invalid does not answer: answer 404: shop-green leads to",
    );
  });

  it("fails by endpoints too where they are wrong", async () => {
    const { ok, summary } = await probed(
      { toProbe: {}, atTrial: { "x-tried": "yes" } },
      { allowed: ["blue"], endpoints: wrong, deadlineSeconds: 1 },
    );
    expect(ok).to.equal(false);
    expect(summary).to.match(/^Cannot prove that only blue gets new connections as .*there are none of/);
  });
  const wrong = {
    namespace: "live",
    services: [{ name: "shop-blue", pods: { colour: "blue" }, address: null }],
    routes: [],
  };

  it("fails, and says why, where the gateway names others but nobody at this path", async () => {
    const { ok, summary } = await probed({ toProbe: {}, atTrial: { ...named, "x-tried": "yes" } });
    expect(ok).to.equal(false);
    expect(summary).to.match(
      /as no answer tells who gave it, for 0\.3 s now: answer 200 without the header x-workload/,
    );
    expect(summary).to.include(
      "The Gateway names who answers, as was seen at 42.zero-downtime.invalid, but not at /version: another route may take the request",
    );
  });

  it("waits for another workload to go, as with any answer that tells", async () => {
    const { ok, summary } = await probed(
      { toProbe: { "x-workload": "rolling" }, atTrial: named },
      { deadlineSeconds: 0.4 },
    );
    expect(ok).to.equal(false);
    expect(summary).to.include("an answer from rolling");
  });

  it("is asked at every further host and path too", async () => {
    const further = [{ host: "api.example.com", path: "/health" }, { path: "/other" }];
    const { ok, summary } = await probed({ toProbe: named, atTrial: named }, { further });
    expect(ok, summary).to.equal(true);
    expect(summary).to.include("The same holds for api.example.com/health. The same holds for /other");
    const paths = new Set(double.entrance.requests.map(({ path, headers }) => `${headers.host} ${path}`));
    expect([...paths]).to.include("api.example.com /health");
  });
});

describe("a probe of an application behind several routes", () => {
  it("fails where the second leads to somebody else", async () => {
    const server = await answering(({ path }, response) => {
      response.setHeader("x-colour", path === "/b" ? "blue" : "green").end();
    });
    try {
      const double = await entranceDouble(() => undefined);
      await double.close();
      const settings = settingsOf(double, {
        url: server.url,
        path: "/a",
        further: [{ path: "/b" }],
        identity: { by: "header", header: "x-colour" },
        endpoints: null,
        deadlineSeconds: 0.4,
      });
      const { ok, summary } = await awaitProof(settings, testContext(), null);
      expect(ok).to.equal(false);
      expect(summary).to.include("an answer from blue");
    } finally {
      await server.close();
    }
  });
});
