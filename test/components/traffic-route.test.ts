import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../components/cluster.ts";
import { refuseOtherEntrance } from "../../components/recover.ts";
import { Entrance } from "../../components/traffic-route.ts";
import { trafficSchema, type Traffic } from "../../protocol/traffic/backends.ts";
import type { Weights } from "../../release/workload.ts";

const CLUSTER: Cluster = {
  provider: undefined as unknown as Cluster["provider"],
  namespace: "live",
  app: "shop",
};
const SERVICE = trafficSchema.parse({ mode: "service" });
const GATEWAY = trafficSchema.parse({
  mode: "gateway",
  gateway: { name: "public", namespace: "infra" },
  hostnames: ["shop.test"],
  clusterUrl: "http://gateway.infra.svc",
});

interface Made {
  readonly type: string;
  readonly id: string;
  readonly inputs: Record<string, unknown>;
}

/** What the engine is asked to make or to read; what is read has this spec. */
async function engine(spec: object, work: () => unknown): Promise<Made[]> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, id, inputs }) => {
      if (type.startsWith("kubernetes:")) made.push({ type, id: id ?? "", inputs: inputs as Made["inputs"] });
      return { id: id ?? name, state: { ...(inputs as object), ...(id === undefined ? {} : { spec }) } };
    },
    call: () => ({}),
  });
  await work();
  await pulumi.runtime.disconnect();
  return made;
}

const write = (traffic: Traffic, weights: Weights) =>
  engine({}, () => {
    const args = { cluster: CLUSTER, traffic, weights, candidate: null, cookie: null, number: 7 };
    new Entrance("traffic", { ...args, beforeWrite: undefined }, {});
  });

const metadata = (annotations: object = {}) => ({
  name: "shop",
  namespace: "live",
  labels: { "app.kubernetes.io/name": "shop", "app.kubernetes.io/managed-by": "pulumi" },
  annotations: {
    "pulumi.com/patchFieldManager": "zero-downtime",
    "pulumi.com/patchForce": "true",
    "zero-downtime/number": "7",
    ...annotations,
  },
});

const labels = (workload: string) => ({
  "app.kubernetes.io/name": "shop",
  "zero-downtime/workload": workload,
});
const to = (workload: string, weight: number) => ({
  group: "",
  kind: "Service",
  name: `shop-${workload}`,
  port: 80,
  weight,
});
const everybody = (...backendRefs: readonly object[]) => ({
  matches: [{ path: { type: "PathPrefix", value: "/" } }],
  backendRefs,
});

describe("Entrance", () => {
  it("is an HTTPRoute at a gateway, with all that may serve behind it", async () => {
    expect(await write(GATEWAY, { blue: 100, green: 0, rolling: 0 })).to.deep.equal([
      {
        type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
        id: "",
        inputs: {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: metadata(),
          spec: {
            parentRefs: [
              { group: "gateway.networking.k8s.io", kind: "Gateway", name: "public", namespace: "infra" },
            ],
            hostnames: ["shop.test"],
            rules: [everybody(to("blue", 100), to("green", 0), to("rolling", 0))],
          },
        },
      },
    ]);
  });

  it("is a Service that selects the one who serves, whose readiness nobody awaits", async () => {
    expect(await write(SERVICE, { blue: 0, green: 100 })).to.deep.equal([
      {
        type: "kubernetes:core/v1:Service",
        id: "",
        inputs: {
          apiVersion: "v1",
          kind: "Service",
          metadata: metadata({ "pulumi.com/skipAwait": "true" }),
          spec: {
            type: "ClusterIP",
            selector: labels("green"),
            ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
          },
        },
      },
    ]);
  });
});

describe("refuseOtherEntrance", () => {
  const found = (traffic: Traffic, spec: object, weights: Weights) =>
    engine(spec, () => refuseOtherEntrance(CLUSTER, traffic, weights));
  const refusal = async (traffic: Traffic, spec: object, weights: Weights) =>
    found(traffic, spec, weights).then(
      () => "",
      (error: Error) => error.message,
    );

  it("reads a Service by its id alone, and a route by a name and namespace as well", async () => {
    const [service] = await found(SERVICE, { selector: labels("blue") }, { blue: 100 });
    expect(service).to.deep.equal({ type: "kubernetes:core/v1:Service", id: "live/shop", inputs: {} });
    const [route] = await found(GATEWAY, { rules: [everybody(to("blue", 100))] }, { blue: 100 });
    expect(route).to.deep.equal({
      type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
      id: "live/shop",
      inputs: {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "shop", namespace: "live" },
      },
    });
  });

  it("refuses a stage that would move traffic, saying who has it and who would", async () => {
    expect(await refusal(SERVICE, { selector: labels("green") }, { blue: 100, green: 0 })).to.match(
      /it shows green 100 %, the stage has blue 100 %/,
    );
    const rules = [everybody(to("green", 1)), everybody(to("blue", 95), to("green", 5))];
    expect(await refusal(GATEWAY, { rules }, { blue: 75, green: 25 })).to.match(
      /it shows blue 95 %, green 5 %, the stage has blue 75 %, green 25 %/,
    );
    expect(await refusal(SERVICE, {}, { blue: 100 })).to.match(/it shows nobody/);
  });

  it("takes a reference without a weight for what the Gateway API does: 1", async () => {
    const { weight: _, ...unweighted } = to("blue", 0);
    expect(await refusal(GATEWAY, { rules: [everybody(unweighted)] }, { blue: 100 })).to.match(
      /it shows blue 1 %/,
    );
  });
});
