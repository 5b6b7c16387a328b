import { expect } from "chai";
import { allTrafficTo, weightsNow } from "../../../cli/cluster/traffic.ts";
import { destinationsOf, liveTraffic } from "../../../protocol/traffic/live-traffic.ts";

const ref = (name: string, weight: number, rest: object = {}) => ({
  group: "",
  kind: "Service",
  name,
  port: 80,
  weight,
  ...rest,
});

const everything = { path: { type: "PathPrefix", value: "/" } };

const route = liveTraffic("gateway", destinationsOf("shop")).parse({
  metadata: {
    managedFields: [
      { manager: "zero-downtime", time: "2026-01-01T10:00:00Z", fieldsV1: { "f:spec": { "f:rules": {} } } },
      { manager: "kubectl", time: "2026-01-01T11:00:00Z", fieldsV1: { "f:metadata": {} } },
      { manager: "guard", time: "2026-01-01T10:30:00Z", fieldsV1: { "f:spec": { "f:rules": {} } } },
    ],
  },
  spec: {
    rules: [
      { matches: [{ ...everything, headers: [] }], backendRefs: [ref("shop-green", 1)] },
      {
        matches: [everything],
        backendRefs: [ref("shop-blue", 75), ref("shop-green", 25, { filters: [{ type: "X" }] })],
      },
    ],
  },
});

const service = (app: string) =>
  liveTraffic("service", destinationsOf(app)).parse({
    metadata: {},
    spec: { selector: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "green" } },
  });

const LIVE = { namespace: "live", app: "shop" };

describe("the entrance", () => {
  it("tells everybody's shares by its last rule, and who wrote them last", () => {
    expect(weightsNow(route, "shop")).to.deep.equal({ blue: 75, green: 25 });
    expect(route.writer).to.equal("guard");
  });

  it("tells the colour that a Service selects", () => {
    expect(weightsNow(service("shop"), "shop")).to.deep.equal({ green: 100 });
    expect(weightsNow(service("another"), "another")).to.deep.equal({});
  });

  it("is applied with all traffic on one colour, nobody pinned to the other, and the other still behind it", () => {
    expect(allTrafficTo("blue", "gateway", route, LIVE)).to.deep.equal({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "shop", namespace: "live" },
      spec: {
        rules: [{ matches: [everything], backendRefs: [ref("shop-blue", 100), ref("shop-green", 0)] }],
      },
    });
  });

  it("is applied as a selector where a Service is the entrance", () => {
    expect(allTrafficTo("blue", "service", service("shop"), LIVE)).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop", namespace: "live" },
      spec: { selector: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "blue" } },
    });
  });
});
