import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../components/cluster.ts";
import { refuseOtherEntrance } from "../../components/recover.ts";
import { Entrance, type WrittenForProbe } from "../../components/traffic-route.ts";
import { simpleEntrances } from "../../protocol/traffic/simple-entrances.ts";
import type { Routing } from "../../protocol/traffic/backend.ts";
import type { Entrance as EntranceObject, Entrances } from "../../protocol/traffic/entrance.ts";
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

const NOTHING = { specs: new Map<string, never>(), trial: null };

const waysIn = (traffic: Traffic) => simpleEntrances({ app: { name: "shop" }, traffic });

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
    const routing = { weights, candidate: null, testers: null, cookie: null };
    const args = { cluster: CLUSTER, entrances: waysIn(traffic), routing, forProbe: NOTHING, number: 7 };
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

const route = (name: string, more: Partial<EntranceObject> = {}): EntranceObject => ({
  kind: "HTTPRoute",
  name,
  labels: {},
  annotations: {},
  spec: { rules: [{ backendRefs: [{ name: "shop", port: 8080 }] }] },
  ...more,
});
const service = (name: string): EntranceObject => ({
  kind: "Service",
  name,
  labels: {},
  annotations: {},
  spec: { selector: { app: "shop" }, ports: [{ port: 8080 }], externalTrafficPolicy: "Cluster" },
});
const followed = (name: string) => ({
  name,
  ports: [{ port: 8080 }],
  selector: { app: "shop" },
  isPublic: true,
});
const SEVERAL: Entrances = {
  objects: [
    route("shop", {
      labels: { team: "shop", "app.kubernetes.io/name": "web" },
      annotations: { note: "ours" },
    }),
    route("api"),
    service("shop"),
    service("Shop-admin"),
  ],
  services: [followed("shop"), followed("Shop-admin")],
};

describe("Entrance of manifests", () => {
  const routing: Routing = {
    weights: { blue: 95, green: 5 },
    candidate: "green",
    testers: { name: "x-tester", value: "yes" },
    cookie: null,
  };
  const written = async (objects = SEVERAL.objects, forProbe: WrittenForProbe = NOTHING) => {
    const awaited: Promise<string>[] = [];
    /** Notes a child's name in the state, and what it waits for. */
    const note: pulumi.ResourceTransformation = ({ name, props, opts: { dependsOn } }) => {
      const urn = dependsOn ? (dependsOn as pulumi.Resource).urn : pulumi.output("nothing");
      const { kind = "" } = props as { kind?: string };
      if (kind !== "")
        awaited.push(
          new Promise((resolve) => {
            urn.apply((found) => resolve(`${kind} ${name} after ${found.split("::").at(-1)}`));
          }),
        );
      return undefined;
    };
    const made = await engine({}, () => {
      const entrances = { ...SEVERAL, objects };
      const args = { cluster: CLUSTER, entrances, routing, forProbe, number: 7 };
      new Entrance("traffic", { ...args, beforeWrite: undefined }, { transformations: [note] });
    });
    return { made, order: await Promise.all(awaited) };
  };

  it("writes a route with its rule for the probe, and beside it the one on which the gateway is tried", async () => {
    const spec = { rules: ["with the probe's"] };
    const trial = { hostnames: ["42.zero-downtime.invalid"] };
    const made = await engine({}, () => {
      const routing = { weights: { blue: 100, green: 0 }, candidate: null, testers: null, cookie: null };
      const forProbe = { specs: new Map([["shop", spec]]), trial };
      const args = { cluster: CLUSTER, entrances: waysIn(GATEWAY), routing, forProbe, number: 7 };
      new Entrance("traffic", { ...args, beforeWrite: undefined }, {});
    });
    const named = made.map(({ inputs }) => [(inputs["metadata"] as { name: string }).name, inputs["spec"]]);
    expect(named).to.have.deep.members([
      ["shop", spec],
      ["shop-trial", trial],
    ]);
  });

  it("writes every object, one after the other: routes with both colours, and Services that stay with the old one", async () => {
    const { made, order } = await written();
    expect(order).to.deep.equal([
      "HTTPRoute traffic after nothing",
      "HTTPRoute traffic-httproute-api after traffic",
      "Service traffic after traffic-httproute-api",
      "Service traffic-service-shop-admin after traffic",
    ]);
    const rules = made.map(({ inputs }) => (inputs["spec"] as { rules?: unknown[] }).rules?.length);
    expect(rules).to.deep.equal([2, 2, undefined, undefined]);
    expect(made[3]?.inputs["spec"]).to.deep.equal({
      selector: { app: "shop", "zero-downtime/workload": "blue" },
      ports: [{ port: 8080 }],
      externalTrafficPolicy: "Cluster",
    });
  });

  it("gives the probe's rule to the route alone, whatever else has its name", async () => {
    const probed = { hostnames: ["shop.test"], rules: [] };
    const { made } = await written(SEVERAL.objects, { specs: new Map([["shop", probed]]), trial: null });
    const specs = made.map(({ inputs }) => inputs["spec"]);
    expect(specs[0]).to.deep.equal(probed);
    expect(specs.slice(1).map((spec) => Object.keys(spec as object))).to.not.deep.include(
      Object.keys(probed),
    );
  });

  it("leaves the users' labels and annotations on them, beside those of a release", async () => {
    const [first] = (await written()).made;
    expect(first?.inputs["metadata"]).to.deep.equal({
      ...metadata({ note: "ours" }),
      labels: { ...metadata().labels, team: "shop", "app.kubernetes.io/name": "web" },
    });
  });

  it("gives an object the same name in the state wherever it stands in the files, or the engine would delete it", async () => {
    const namesOf = (order: readonly string[]) => order.map((line) => line.replace(/ after .*/, "")).sort();
    const { order } = await written();
    const shuffled = await written(SEVERAL.objects.toReversed());
    expect(namesOf(shuffled.order)).to.deep.equal(namesOf(order));
    expect(namesOf((await written(SEVERAL.objects.slice(1))).order)).to.deep.equal(namesOf(order.slice(1)));
  });

  it("is read whole after a lost state, and refused where one of its objects has another stage's traffic", async () => {
    const selector = { app: "shop", "zero-downtime/workload": "blue" };
    const rules = [{ backendRefs: [to("blue", 95), to("green", 5)] }];
    const recover = (spec: object) =>
      engine({ rules, selector, ...spec }, () => refuseOtherEntrance(CLUSTER, SEVERAL, routing)).then(
        (read) => read.map(({ id }) => id).sort(),
        (error: Error) => error.message,
      );
    expect(await recover({})).to.deep.equal(["live/Shop-admin", "live/api", "live/shop", "live/shop"]);
    const other = { app: "shop", "zero-downtime/workload": "green" };
    expect(await recover({ selector: other })).to.match(
      /Service shop shows green 100 %, the stage has blue 100 %; Service Shop-admin shows green 100 %/,
    );
  });
});

describe("refuseOtherEntrance", () => {
  const found = (traffic: Traffic, spec: object, weights: Weights) =>
    engine(spec, () => refuseOtherEntrance(CLUSTER, waysIn(traffic), { weights, candidate: null }));
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
    const testers = { path: { type: "PathPrefix", value: "/" }, headers: [{ name: "x-tester", value: "1" }] };
    const rules = [
      { matches: [testers], backendRefs: [to("green", 1)] },
      everybody(to("blue", 95), to("green", 5)),
    ];
    expect(await refusal(GATEWAY, { rules }, { blue: 75, green: 25 })).to.match(
      /it shows blue 95 %, green 5 %, the stage has blue 75 %, green 25 %/,
    );
    expect(await refusal(SERVICE, {}, { blue: 100 })).to.match(/it shows nobody/);
  });

  it("takes a reference without a weight for what the Gateway API does: 1", async () => {
    const { weight: _, ...unweighted } = to("blue", 0);
    const rules = [everybody(unweighted, to("green", 3))];
    expect(await refusal(GATEWAY, { rules }, { blue: 100 })).to.match(/it shows blue 25 %, green 75 %/);
    expect(await refusal(GATEWAY, { rules: [everybody(unweighted)] }, { blue: 100 })).to.equal("");
  });
});
