import { expect } from "chai";
import { allTrafficTo, furtherWeights, weightsNow } from "../../../cli/cluster/traffic.ts";
import { entrancesKnown } from "../../../cli/stack/entrances-known.ts";
import type { StoredRecords } from "../../../cli/stack/stack-state.ts";
import { titleOfEntrance } from "../../../protocol/traffic/entrance.ts";
import type { TrafficMode } from "../../../protocol/traffic/backends.ts";
import { liveEntrance, type LiveEntrance } from "../../../protocol/traffic/live-traffic.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";

const ref = (name: string, weight: number, rest: object = {}) => ({
  group: "",
  kind: "Service",
  name,
  port: 80,
  weight,
  ...rest,
});

const everything = { path: { type: "PathPrefix", value: "/" } };

const entrancesOf = (app: string, mode: TrafficMode) =>
  simpleEntrances({ app: { name: app }, traffic: { mode } });

/** What zd finds of an entrance that is there in this form. */
const foundAs = (app: string, mode: TrafficMode, object: object): LiveEntrance[] => {
  const entrances = entrancesOf(app, mode);
  return entrances.objects.map((entrance) => liveEntrance(entrance, entrances).parse(object));
};

const route = foundAs("shop", "gateway", {
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
  foundAs(app, "service", {
    metadata: {},
    spec: { selector: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "green" } },
  });

describe("the entrance", () => {
  it("tells everybody's shares by its last rule, and who wrote them last", () => {
    expect(weightsNow(route)).to.deep.equal({ blue: 75, green: 25 });
    expect(route[0]?.writer).to.equal("guard");
  });

  it("tells the colour that a Service selects", () => {
    expect(weightsNow(service("shop"))).to.deep.equal({ green: 100 });
    expect(weightsNow(service("another"))).to.deep.equal({});
  });

  it("is applied with all traffic on one colour, nobody pinned to the other, and the other still behind it", () => {
    expect(allTrafficTo("blue", entrancesOf("shop", "gateway"), route, "live")).to.deep.equal([
      {
        path: "/apis/gateway.networking.k8s.io/v1/namespaces/live/httproutes/shop",
        object: {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: { name: "shop", namespace: "live" },
          spec: {
            rules: [{ matches: [everything], backendRefs: [ref("shop-blue", 100), ref("shop-green", 0)] }],
          },
        },
      },
    ]);
  });

  it("is applied as a selector where a Service is the entrance", () => {
    expect(allTrafficTo("blue", entrancesOf("shop", "service"), service("shop"), "live")).to.deep.equal([
      {
        path: "/api/v1/namespaces/live/services/shop",
        object: {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "shop", namespace: "live" },
          spec: { selector: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "blue" } },
        },
      },
    ]);
  });
});

describe("several entrances", () => {
  const object = (kind: "HTTPRoute" | "Service", name: string, spec: object) => ({
    kind,
    name,
    labels: {},
    annotations: {},
    spec: spec as Record<string, string>,
  });
  const followed = (name: string) => ({
    name,
    ports: [{ port: 80 }],
    selector: { app: "shop" },
    isPublic: true,
  });
  const rules = [{ matches: [everything], backendRefs: [{ name: "shop", port: 80 }] }];
  const entrances = {
    objects: [
      object("HTTPRoute", "shop", { rules }),
      object("Service", "shop", { selector: { app: "shop" } }),
      object("Service", "shop-admin", { selector: { app: "shop", tier: "web" } }),
    ],
    services: [followed("shop"), followed("shop-admin")],
  };
  const [routed, service, admin] = entrances.objects;
  const selecting = (workload: string) => ({
    metadata: {},
    spec: { selector: { app: "shop", tier: "web", "zero-downtime/workload": workload } },
  });
  const live = (...specs: readonly (object | null)[]) =>
    entrances.objects.flatMap((entrance, at) => {
      const spec = specs[at];
      return spec ? [liveEntrance(entrance, entrances).parse(spec)] : [];
    });
  const byRoute = {
    metadata: {},
    spec: { rules: [{ matches: [everything], backendRefs: [ref("shop-green", 100)] }] },
  };

  it("are told by the first, and by what the others say besides", () => {
    const found = live(byRoute, selecting("green"), selecting("blue"));
    expect(weightsNow(found)).to.deep.equal({ green: 100 });
    expect(furtherWeights(found)).to.deep.equal([{ green: 100 }, { blue: 100 }]);
  });

  it("are all given back, the route first, and one that is not there is left to the up", () => {
    const found = live(byRoute, null, selecting("green"));
    const moves = allTrafficTo("blue", entrances, found, "live");
    expect(moves.map(({ path }) => path)).to.deep.equal([
      "/apis/gateway.networking.k8s.io/v1/namespaces/live/httproutes/shop",
      "/api/v1/namespaces/live/services/shop-admin",
    ]);
    expect(moves.map(({ object: { spec } }) => spec)).to.deep.equal([
      { rules: [{ matches: [everything], backendRefs: [ref("shop-blue", 100), ref("shop-green", 0)] }] },
      { selector: { app: "shop", tier: "web", "zero-downtime/workload": "blue" } },
    ]);
  });

  it("are those of the record of whoever serves, and what only the other version has; without one, of config", () => {
    const known = { app: { name: "shop" }, traffic: { mode: "service" } } as const;
    const record = (objects: typeof entrances.objects) => ({ entrances: { ...entrances, objects } }) as never;
    const titles = (records: StoredRecords, serving: "blue" | "green") =>
      entrancesKnown(known, records, serving).objects.map(titleOfEntrance);
    expect(titles({}, "blue")).to.deep.equal(["Service shop"]);
    if (!routed || !service || !admin) throw new Error("there are three entrances");
    const records = { blue: record([routed, service]), green: record([service, admin]) };
    expect(titles(records, "blue")).to.deep.equal(["HTTPRoute shop", "Service shop", "Service shop-admin"]);
    expect(entrancesKnown(known, records, "green").objects.map(titleOfEntrance)).to.deep.equal([
      "HTTPRoute shop",
      "Service shop",
      "Service shop-admin",
    ]);
    expect(titles({ green: record([routed]) }, "blue")).to.deep.equal(["HTTPRoute shop", "Service shop"]);
  });
});
