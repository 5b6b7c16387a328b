import { expect } from "chai";
import fc from "fast-check";
import { pathOf, resourceTypeOf } from "../../../protocol/kubernetes/object-kind.ts";
import { allTo, type Routing, type Spec } from "../../../protocol/traffic/backend.ts";
import {
  backendFor,
  testersOf,
  TRAFFIC_MODES,
  trafficSchema,
  type TrafficMode,
} from "../../../protocol/traffic/backends.ts";
import type { Entrance, Entrances } from "../../../protocol/traffic/entrance.ts";
import {
  entranceMoved,
  entranceRights,
  liveEntrance,
  publicWeights,
} from "../../../protocol/traffic/live-traffic.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import { WORKLOADS, type Weights, type Workload } from "../../../release/workload.ts";
import { to } from "./routes.ts";

const CONFIG = {
  service: { mode: "service", type: "NodePort", nodePort: 30_080 },
  gateway: {
    mode: "gateway",
    gateway: { name: "public", namespace: "infra", listener: "https" },
    hostnames: ["shop.test"],
    clusterUrl: "http://gateway.infra.svc",
    candidateHeader: { name: "x-tester", value: "yes" },
  },
} satisfies Record<TrafficMode, object>;
const configOf = (mode: TrafficMode) => trafficSchema.parse(CONFIG[mode]);
const entrancesOf = (mode: TrafficMode): Entrances =>
  simpleEntrances({ app: { name: "shop" }, traffic: configOf(mode) });
const first = ({ objects: [object] }: Entrances): Entrance => {
  if (!object) throw new Error("there is an entrance");
  return object;
};

/** Who gets what: everything to one, or shares that make 100 where the backend has weights. */
const routings = (mode: TrafficMode): fc.Arbitrary<Routing> =>
  fc
    .record({
      present: fc.subarray([...WORKLOADS], { minLength: 1 }),
      first: fc.nat(),
      weight: backendFor(mode).can.weights ? fc.integer({ min: 0, max: 100 }) : fc.constant(100),
      isCandidate: fc.boolean(),
      isSticky: fc.boolean(),
    })
    .map(({ present, first: chosen, weight, isCandidate, isSticky }) => {
      const at = chosen % present.length;
      const next = (at + 1) % present.length;
      const whole = present.length === 1 ? 100 : weight;
      const shareOf = (index: number) => (index === at ? whole : index === next ? 100 - whole : 0);
      return {
        weights: Object.fromEntries(present.map((workload, index) => [workload, shareOf(index)])),
        candidate: isCandidate ? (present[next] ?? null) : null,
        testers: testersOf(configOf(mode)),
        cookie: isSticky
          ? { name: "stay", values: Object.fromEntries(present.map((each) => [each, `${each}-1`])) }
          : null,
      };
    });

const withoutNone = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0));

describe("every traffic backend", () => {
  for (const mode of TRAFFIC_MODES) {
    const backend = backendFor(mode);
    const { services } = entrancesOf(mode);
    const entrance = first(entrancesOf(mode));
    const read = (spec: Spec) =>
      backend.read(entrance, services).parse(JSON.parse(JSON.stringify(spec)) as unknown);
    const weightsIn = (spec: Spec) => withoutNone(read(spec).weights);

    it(`${mode}: reads what it has written, as those who move traffic and as the program`, () => {
      fc.assert(
        fc.property(routings(mode), (routing) => {
          const given = withoutNone(backend.gives(routing));
          for (const spec of [
            backend.write(entrance, services, routing),
            backend.spec(entrance, services, routing),
          ]) {
            expect(weightsIn(spec)).to.deep.equal(given);
            expect(read(spec).others).to.deep.equal([]);
          }
        }),
      );
    });

    it(`${mode}: moves traffic by one field, which is the program's as well`, () => {
      fc.assert(
        fc.property(routings(mode), (routing) => {
          const written = backend.write(entrance, services, routing);
          expect(Object.keys(written)).to.deep.equal([backend.field]);
          expect(backend.spec(entrance, services, routing)[backend.field]).to.deep.equal(
            written[backend.field],
          );
        }),
      );
    });

    it(`${mode}: gives all to one, and neither testers nor users who stay to anybody else`, () => {
      for (const workload of WORKLOADS) {
        const spec = backend.write(entrance, services, allTo(workload, WORKLOADS));
        expect(weightsIn(spec)).to.deep.equal({ [workload]: 100 });
        expect(JSON.stringify(spec)).to.not.match(/Cookie|x-tester/);
      }
    });

    it(`${mode}: can do what it says, and nothing else`, () => {
      const routing = (weight: number, candidate: Workload | null): Routing => ({
        weights: { blue: 100 - weight, green: weight },
        candidate,
        testers: testersOf(CONFIG.gateway as never),
        cookie: { name: "stay", values: { green: "green-1" } },
      });
      const { weights, stickyCookie, testerHeader } = backend.can;
      if (!weights)
        expect(() => backend.write(entrance, services, routing(5, null))).to.throw(
          RangeError,
          "all the traffic",
        );
      const text = JSON.stringify(backend.spec(entrance, services, routing(weights ? 5 : 100, "green")));
      expect(text.includes("stay=green-1")).to.equal(stickyCookie);
      expect(text.includes("x-tester")).to.equal(testerHeader);
    });

    it(`${mode}: tells who moved the traffic by the field that moves it`, () => {
      const spec = backend.write(entrance, services, allTo("blue", WORKLOADS));
      const by = (manager: string, time: string, field: string) => ({
        manager,
        time,
        fieldsV1: { "f:spec": { [`f:${field}`]: {} } },
      });
      const metadata = {
        managedFields: [
          by("zero-downtime-guard", "2026-01-01T00:00:02Z", backend.field),
          by("zero-downtime", "2026-01-01T00:00:01Z", backend.field),
          by("kubectl", "2026-01-01T00:00:03Z", "externalTrafficPolicy"),
        ],
      };
      const found = liveEntrance(entrance, { services }).parse({ metadata, spec });
      expect(found.writer).to.equal("zero-downtime-guard");
      expect(withoutNone(publicWeights([found]))).to.deep.equal({ blue: 100 });
    });

    it(`${mode}: asks for no more rights than to read and apply its object`, () => {
      expect(entranceRights(entrancesOf(mode))).to.deep.equal([
        {
          apiGroups: [backend.object.group],
          resources: [backend.object.resource],
          resourceNames: ["shop"],
          verbs: ["get", "patch"],
        },
      ]);
    });
  }
});

describe("the objects of the traffic backends", () => {
  it("are found at the API server, and in Pulumi's state, where they have always been", () => {
    const told = TRAFFIC_MODES.map((mode) => {
      const { object } = backendFor(mode);
      return [mode, pathOf(object, { namespace: "live", name: "shop" }), resourceTypeOf(object)];
    });
    expect(told).to.deep.equal([
      ["service", "/api/v1/namespaces/live/services/shop", "kubernetes:core/v1:Service"],
      [
        "gateway",
        "/apis/gateway.networking.k8s.io/v1/namespaces/live/httproutes/shop",
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
      ],
    ]);
  });

  const weighted: Routing = {
    weights: { blue: 95, green: 5 },
    candidate: "green",
    testers: CONFIG.gateway.candidateHeader,
    cookie: null,
  };
  const everything = { path: { type: "PathPrefix", value: "/" } };

  it("are written whole by the program", () => {
    const { services } = entrancesOf("gateway");
    expect(backendFor("gateway").spec(first(entrancesOf("gateway")), services, weighted)).to.deep.equal({
      parentRefs: [
        {
          group: "gateway.networking.k8s.io",
          kind: "Gateway",
          name: "public",
          namespace: "infra",
          sectionName: "https",
        },
      ],
      hostnames: ["shop.test"],
      rules: [
        {
          matches: [{ ...everything, headers: [{ type: "Exact", name: "x-tester", value: "yes" }] }],
          backendRefs: [to("shop-green", 1)],
        },
        { matches: [everything], backendRefs: [to("shop-blue", 95), to("shop-green", 5)] },
      ],
    });
    expect(
      backendFor("service").spec(first(entrancesOf("service")), services, allTo("green", WORKLOADS)),
    ).to.deep.equal({
      type: "NodePort",
      selector: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "green" },
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP", nodePort: 30_080 }],
    });
  });

  it("keep the parents and hosts of a route as people have them, of whatever Gateway and listener", () => {
    const parentRefs = [
      { name: "public", namespace: "infra", sectionName: "https", port: 443 },
      { group: "", kind: "Service", name: "shop" },
    ];
    const hostnames = ["shop.test", "*.shop.test"];
    const spec = { parentRefs, hostnames, rules: [{ backendRefs: [{ name: "shop", port: 80 }] }] };
    const { services } = entrancesOf("gateway");
    const route = { ...first(entrancesOf("gateway")), spec };
    const { rules: _, ...rest } = backendFor("gateway").spec(route, services, weighted);
    expect(rest).to.deep.equal({
      parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", ...parentRefs[0] }, parentRefs[1]],
      hostnames,
    });
  });

  it("are applied by others with the field alone that moves traffic", () => {
    const entrances = entrancesOf("service");
    const applied = entranceMoved(first(entrances), entrances, allTo("blue", WORKLOADS), "live");
    expect(JSON.stringify(applied)).to.equal(
      '{"apiVersion":"v1","kind":"Service","metadata":{"name":"shop","namespace":"live"},"spec":{"selector":{"app.kubernetes.io/name":"shop","zero-downtime/workload":"blue"}}}',
    );
  });

  it("are asked by the probe where the public's requests come in", () => {
    const addressOf = (mode: TrafficMode, more: object = {}, entrances = entrancesOf(mode)) =>
      backendFor(mode).address(trafficSchema.parse({ ...CONFIG[mode], ...more }), "live", entrances);
    expect(addressOf("service")).to.deep.equal({ url: "http://shop.live.svc" });
    expect(addressOf("gateway")).to.deep.equal({ url: "http://gateway.infra.svc", host: "shop.test" });
    const { objects, services } = entrancesOf("service");
    const ports = [
      { name: "http", port: 9898 },
      { name: "grpc", port: 9999 },
    ];
    const several = services.map((service) => ({ ...service, name: "podinfo", ports }));
    expect(addressOf("service", {}, { objects, services: several })).to.deep.equal({
      url: "http://podinfo.live.svc:9898",
    });
    const ofHosts = (...hostnames: string[]) => {
      const route = first(entrancesOf("gateway"));
      const other = { ...route, name: "other", spec: { ...route.spec, hostnames } };
      return addressOf("gateway", { hostnames: [] }, { objects: [other], services }).host;
    };
    expect(ofHosts("a.test", "b.test")).to.equal("a.test");
    expect(ofHosts("*.shop.test", "b.test")).to.equal("b.test");
    expect(ofHosts("*.shop.test")).to.equal("zero-downtime.shop.test");
    expect(ofHosts()).to.equal(undefined);
  });

  it("need a Gateway in config only where no manifests have the route", () => {
    const { gateway: _, ...without } = CONFIG.gateway;
    const problems = (hasManifests: boolean) =>
      backendFor("gateway").problems(trafficSchema.parse(without), hasManifests);
    expect(problems(true)).to.deep.equal([]);
    expect(problems(false).map(({ key }) => key)).to.deep.equal(["gateway"]);
  });
});
