import { expect } from "chai";
import fc from "fast-check";
import { objectWith, pathOf, resourceTypeOf } from "../../../protocol/kubernetes/object-kind.ts";
import type { Routing, Spec } from "../../../protocol/traffic/backend.ts";
import { backendFor, TRAFFIC_MODES, trafficSchema } from "../../../protocol/traffic/backends.ts";
import {
  allTo,
  destinationsOf,
  liveTraffic,
  percentIn,
  weightsIn,
} from "../../../protocol/traffic/live-traffic.ts";
import type { TrafficMode } from "../../../protocol/traffic/backends.ts";
import type { Shares } from "../../../protocol/traffic/shares.ts";

const DESTINATIONS = destinationsOf("shop");

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

/** Who gets what: everything to one, or shares that make 100 where the backend has weights. */
const routings = (mode: TrafficMode): fc.Arbitrary<Routing> =>
  fc
    .record({
      present: fc.subarray(DESTINATIONS, { minLength: 1 }),
      first: fc.nat(),
      weight: backendFor(mode).can.weights ? fc.integer({ min: 0, max: 100 }) : fc.constant(100),
      isCandidate: fc.boolean(),
      isSticky: fc.boolean(),
    })
    .map(({ present, first, weight, isCandidate, isSticky }) => {
      const at = first % present.length;
      const next = (at + 1) % present.length;
      const destinations = present.map((destination, index) => ({
        ...destination,
        weight: present.length === 1 || (index === at && weight === 100) ? 100 : 0,
      }));
      const shared = destinations.map((each, index) => ({
        ...each,
        weight: index === at ? weight : index === next ? 100 - weight : 0,
      }));
      const [one] = present;
      const values = Object.fromEntries(present.map(({ service }) => [service, `${service}-1`]));
      return {
        destinations: present.length === 1 || weight === 100 ? destinations : shared,
        candidate: isCandidate && one ? one.service : null,
        cookie: isSticky ? { name: "stay", values } : null,
      };
    });

const given = ({ destinations }: Routing): Shares =>
  Object.fromEntries(destinations.flatMap(({ service, weight }) => (weight > 0 ? [[service, weight]] : [])));
const withoutNone = (shares: Shares): Shares =>
  Object.fromEntries(Object.entries(shares).filter(([, weight]) => weight > 0));

describe("every traffic backend", () => {
  for (const mode of TRAFFIC_MODES) {
    const backend = backendFor(mode);
    const read = (spec: Spec) =>
      withoutNone(backend.read(DESTINATIONS).parse(JSON.parse(JSON.stringify(spec))));

    it(`${mode}: reads what it has written, as those who move traffic and as the program`, () => {
      fc.assert(
        fc.property(routings(mode), (routing) => {
          expect(read(backend.write(routing))).to.deep.equal(given(routing));
          expect(read(backend.spec(configOf(mode), routing))).to.deep.equal(given(routing));
        }),
      );
    });

    it(`${mode}: moves traffic by one field, which is the program's as well`, () => {
      fc.assert(
        fc.property(routings(mode), (routing) => {
          expect(Object.keys(backend.write(routing))).to.deep.equal([backend.field]);
          const none = { ...routing, candidate: null };
          expect(backend.spec(configOf(mode), none)[backend.field]).to.deep.equal(
            backend.write(none)[backend.field],
          );
        }),
      );
    });

    it(`${mode}: gives all to one, and neither testers nor users who stay to anybody else`, () => {
      for (const { service } of DESTINATIONS) {
        const spec = backend.write(allTo(service, DESTINATIONS));
        expect(read(spec)).to.deep.equal({ [service]: 100 });
        expect(JSON.stringify(spec)).to.not.match(/Cookie|x-tester/);
      }
    });

    it(`${mode}: can do what it says, and nothing else`, () => {
      const [blue, green] = DESTINATIONS;
      if (!blue || !green) throw new Error("there are two colours");
      const routing = (weight: number): Routing => ({
        destinations: [
          { ...blue, weight: 100 - weight },
          { ...green, weight },
        ],
        candidate: green.service,
        cookie: { name: "stay", values: { [green.service]: "green-1" } },
      });
      const { weights, stickyCookie, testerHeader } = backend.can;
      if (!weights) expect(() => backend.write(routing(5))).to.throw(RangeError, "all the traffic");
      const text = JSON.stringify(backend.spec(configOf(mode), routing(weights ? 5 : 100)));
      expect(text.includes("stay=green-1")).to.equal(stickyCookie);
      expect(text.includes("x-tester")).to.equal(testerHeader);
    });

    it(`${mode}: tells who moved the traffic by the field that moves it`, () => {
      const [blue] = DESTINATIONS;
      const spec = backend.write(allTo(blue?.service ?? "", DESTINATIONS));
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
      const found = liveTraffic(mode, DESTINATIONS).parse({ metadata, spec });
      expect(found.writer).to.equal("zero-downtime-guard");
      expect(withoutNone(found.shares)).to.deep.equal({ "shop-blue": 100 });
    });

    it(`${mode}: asks for no more rights than to read and apply the one object`, () => {
      expect(backend.rights("shop")).to.deep.equal([
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
    destinations: [
      { service: "shop-blue", labels: { pods: "blue" }, weight: 95 },
      { service: "shop-green", labels: { pods: "green" }, weight: 5 },
    ],
    candidate: "shop-green",
    cookie: null,
  };
  const everything = { path: { type: "PathPrefix", value: "/" } };
  const to = (name: string, weight: number) => ({ group: "", kind: "Service", name, port: 80, weight });

  it("are written whole by the program", () => {
    expect(backendFor("gateway").spec(configOf("gateway"), weighted)).to.deep.equal({
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
      backendFor("service").spec(configOf("service"), allTo("shop-green", weighted.destinations)),
    ).to.deep.equal({
      type: "NodePort",
      selector: { pods: "green" },
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP", nodePort: 30_080 }],
    });
  });

  it("are applied by others with the field alone that moves traffic", () => {
    const { object, write } = backendFor("service");
    const at = { namespace: "live", name: "shop" };
    const applied = objectWith(object, at, write(allTo("shop-blue", weighted.destinations)));
    expect(JSON.stringify(applied)).to.equal(
      '{"apiVersion":"v1","kind":"Service","metadata":{"name":"shop","namespace":"live"},"spec":{"selector":{"pods":"blue"}}}',
    );
  });
});

describe("the live traffic", () => {
  const refs = (...backendRefs: readonly object[]) =>
    backendFor("gateway")
      .read(DESTINATIONS)
      .parse({ rules: [{ backendRefs }] });

  it("has weight 1 for a reference without one, as the Gateway API says", () => {
    expect(refs({ name: "shop-blue" }, { name: "shop-green", weight: 3 })).to.deep.equal({
      "shop-blue": 1,
      "shop-green": 3,
    });
  });

  it("adds up references to the same Service", () => {
    expect(refs({ name: "shop-blue", weight: 40 }, { name: "shop-blue", weight: 60 })).to.deep.equal({
      "shop-blue": 100,
    });
  });

  it("is nobody's where there is no rule and no selector", () => {
    for (const mode of TRAFFIC_MODES) expect(backendFor(mode).read(DESTINATIONS).parse({})).to.deep.equal({});
  });

  it("is told by workload as it is written, and in percent of all that is given out", () => {
    const shares = { "shop-blue": 3, "shop-green": 0, stranger: 1 };
    expect(weightsIn(shares, "shop")).to.deep.equal({ blue: 3, green: 0 });
    expect(percentIn(shares, "shop")).to.deep.equal({ blue: 75, green: 0 });
    expect(percentIn({ "shop-blue": 0 }, "shop")).to.deep.equal({ blue: 0 });
  });
});
