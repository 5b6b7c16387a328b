import { expect } from "chai";
import { awaitEndpoints } from "../../../../jobs/checks/identity/by-endpoints.ts";
import { awaitProof } from "../../../../jobs/checks/probe.ts";
import { answering, testContext } from "../../answering.ts";
import { acceptedRoute, entranceDouble, settingsOf, type EntranceDouble } from "./entrance-double.ts";

describe("a probe by endpoints", () => {
  let double: EntranceDouble;
  beforeEach(async () => (double = await entranceDouble((_, response) => void response.end())));
  afterEach(() => double.close());

  const proof = (more: object = {}, context = testContext()) =>
    awaitProof(settingsOf(double, more), context, double.api);
  const services = (...all: object[]) => ({
    endpoints: { namespace: "live", services: all, routes: [] },
  });
  const shop = { name: "shop", pods: { colour: "green" }, address: null };

  it("passes where the Service leads to the ready pods and to nobody else, and requests succeed", async () => {
    const { ok, summary, facts } = await proof();
    expect(ok, summary).to.equal(true);
    expect(summary).to.equal(
      "Only green gets new connections: shop leads to its ready pods and to nobody else",
    );
    expect(facts?.["endpoints"]).to.deep.include({ pods: { shop: 2 } });
    expect(double.entrance.requests).to.have.length(3);
  });

  it("waits until the last of several Services has let go of the old pods", async () => {
    double.pods.push({ name: "blue-1", colour: "blue" });
    double.behind["shop-admin"] = ["green-1", "green-2", "blue-1"];
    const context = testContext();
    const log = (line: string) => {
      context.log(line);
      if (line.includes("blue-1")) double.behind["shop-admin"] = ["green-1", "green-2"];
    };
    const { ok, summary } = await proof(services(shop, { ...shop, name: "shop-admin" }), { ...context, log });
    expect(ok, summary).to.equal(true);
    expect(context.lines[0]).to.equal(
      "the Service shop-admin leads to others than the ready pods of colour=green: blue-1",
    );
  });

  it("fails at its deadline, naming the Service and whom it leads to", async () => {
    double.behind["shop"] = ["blue-1"];
    const { ok, summary } = await proof({ deadlineSeconds: 0.2 });
    expect(ok).to.equal(false);
    expect(summary).to.match(
      /^Cannot prove that only green gets new connections as [\d.]+ s have passed and the Service shop leads to others than the ready pods of colour=green: blue-1\. Traffic has been written; look/,
    );
  });

  it("sees each Service's own pods behind it, as those behind a route have", async () => {
    double.pods.push({ name: "blue-1", colour: "blue" });
    double.behind["shop-blue"] = ["blue-1"];
    double.behind["shop-green"] = ["green-1", "green-2"];
    const { ok, summary } = await proof({
      allowed: ["blue", "green"],
      ...services({ ...shop, name: "shop-blue", pods: { colour: "blue" } }, { ...shop, name: "shop-green" }),
    });
    expect(ok, summary).to.equal(true);
    expect(summary).to.match(
      /^Only blue or green gets new connections: shop-blue, shop-green lead to their ready pods/,
    );
  });

  it("fails where connections through a Service do, though it leads to the right pods", async () => {
    const closed = await answering(() => undefined);
    const { port } = new URL(closed.url);
    await closed.close();
    const address = { host: "127.0.0.1", port: Number(port) };
    const { ok, summary } = await proof({ ...services({ ...shop, address }), deadlineSeconds: 0.2 });
    expect(ok).to.equal(false);
    expect(summary).to.include(
      `a connection through the Service shop fails: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  it("fails where the entrance has errors of its own", async () => {
    await double.close();
    double = await entranceDouble((_, response) => void response.writeHead(503).end());
    const { ok, summary } = await proof({ deadlineSeconds: 0.2 });
    expect(ok).to.equal(false);
    expect(summary).to.include(`/version is answered with 503 at ${double.entrance.url}`);
  });

  it("passes where nobody answers connections from here, as a NetworkPolicy may have it, and says so", async () => {
    const address = { host: "shop.live.svc", port: 80 };
    const asked = settingsOf(double, services({ ...shop, address }));
    if (asked.endpoints === null) throw new Error("Expected Services to ask about");
    const { end, why } = await awaitEndpoints(
      { ...asked, endpoints: asked.endpoints, asksEntrance: false },
      testContext(),
      double.api,
      () => Promise.resolve({ failed: null, isSilent: true }),
    );
    expect(end).to.equal("ready");
    expect(why).to.equal(
      "shop leads to its ready pods and to nobody else (no connection from here through shop is answered, as where a NetworkPolicy forbids it)",
    );
  });

  it("takes an error that the application itself answers with, but none of the gateway's", async () => {
    await double.close();
    double = await entranceDouble((_, response) => void response.writeHead(503).end());
    const pods = await answering((_, response) => response.writeHead(503).end());
    try {
      expect((await proof({ direct: pods.url })).ok).to.equal(true);
      expect((await proof({ deadlineSeconds: 0.1 })).ok).to.equal(false);
    } finally {
      await pods.close();
    }
  });

  it("takes a path that the application does not have, but not one that only the gateway does not have", async () => {
    await double.close();
    double = await entranceDouble((_, response) => void response.writeHead(404).end());
    const pods = await answering(({ path }, response) =>
      response.writeHead(path === "/version" ? 404 : 200).end(),
    );
    try {
      expect((await proof({ direct: pods.url })).ok).to.equal(true);
      const { ok, summary } = await proof({ direct: pods.url, path: "/", deadlineSeconds: 0.2 });
      expect(ok).to.equal(false);
      expect(summary).to.include(
        `/ is answered with 404 at ${double.entrance.url}, and with 200 by the pods`,
      );
    } finally {
      await pods.close();
    }
  });

  it("waits until the gateway has accepted the route as it is now", async () => {
    double.routes["shop"] = acceptedRoute("shop", 4, 3);
    const context = testContext();
    const log = (line: string) => {
      context.log(line);
      if (line.startsWith("no Gateway has said")) double.routes["shop"] = acceptedRoute("shop", 4);
    };
    const { ok, summary } = await proof(
      { endpoints: { namespace: "live", services: [shop], routes: ["shop"] } },
      { ...context, log },
    );
    expect(ok, summary).to.equal(true);
    expect(summary).to.match(/to nobody else, and the Gateway has accepted shop as it is now$/);
  });

  it("says that a route is not there", async () => {
    const { summary } = await proof({
      endpoints: { namespace: "live", services: [shop], routes: ["gone"] },
      deadlineSeconds: 0.1,
    });
    expect(summary).to.include("there is no HTTPRoute gone");
  });

  it("is asked besides the answers where these cannot show all Services", async () => {
    await double.close();
    double = await entranceDouble((_, response) => void response.setHeader("x-colour", "green").end());
    const { ok, summary } = await proof({ identity: { by: "header", header: "x-colour" } });
    expect(ok, summary).to.equal(true);
    expect(summary).to.match(
      /^Every answer comes from green, since 0 ms after the start\. Besides, shop leads to/,
    );
  });
});
