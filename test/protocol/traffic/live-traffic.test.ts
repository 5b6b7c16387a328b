import { expect } from "chai";
import fc from "fast-check";
import { allTo, type Routing } from "../../../protocol/traffic/backend.ts";
import { entranceKind } from "../../../protocol/traffic/backends.ts";
import { withEntrancesOf, type Entrance, type Entrances } from "../../../protocol/traffic/entrance.ts";
import {
  describeEntrance,
  describeWhich,
  entranceMoved,
  entranceRights,
  entrancesUnlike,
  liveEntrance,
  movableParts,
  publicWeights,
  type LiveEntrance,
} from "../../../protocol/traffic/live-traffic.ts";
import { withProbeRule } from "../../../protocol/traffic/probe-rule.ts";
import { isFollowed } from "../../../protocol/traffic/backend-pair.ts";
import { routeSpec, type Rule } from "../../../protocol/traffic/route-shape.ts";
import { WORKLOADS, type Weights } from "../../../release/workload.ts";
import { ROUTED, routes } from "./routes.ts";

const SELECTOR = { app: "shop" };
const followed = (name: string) => ({ name, ports: [{ port: 80 }], selector: SELECTOR, isPublic: true });
const object = (kind: Entrance["kind"], name: string, spec: Entrance["spec"]): Entrance => ({
  kind,
  name,
  labels: {},
  annotations: {},
  spec,
});
const asSpec = (spec: object) => JSON.parse(JSON.stringify(spec)) as Entrance["spec"];

const services = ROUTED.map(({ name }) => followed(name));
const rule = (path: string, ...backendRefs: readonly object[]) => ({
  matches: [{ path: { type: "PathPrefix", value: path } }],
  backendRefs,
});
const shop = { name: "shop", port: 80 };
const route = object("HTTPRoute", "shop", asSpec({ rules: [rule("/", shop), rule("/api", shop)] }));
const service = object("Service", "shop", { selector: SELECTOR, ports: [{ port: 80 }] });
const ENTRANCES: Entrances = { objects: [route, service], services };

const seen = (entrance: Entrance, spec: object): LiveEntrance =>
  liveEntrance(entrance, { services }).parse({ metadata: {}, spec: asSpec(spec) });
/** An entrance as a routing leaves it, or with rules that somebody has edited since. */
const after = (entrance: Entrance, routing: Routing, edit: (spec: object) => object = (spec) => spec) =>
  seen(entrance, edit(entranceKind(entrance.kind).spec(entrance, services, routing)));

const canary = (weight: number): Routing => ({
  weights: { blue: 100 - weight, green: weight },
  candidate: "green",
  testers: { name: "x-tester", value: "yes" },
  cookie: { name: "stay", values: { blue: "blue-1", green: "green-1" } },
});
const to = (workload: string, weight: number) => ({ name: `shop-${workload}`, port: 80, weight });
const rulesOf = (...rules: readonly object[]) => ({ rules });

describe("a route in the cluster", () => {
  const leads = ({ backendRefs = [] }: Rule) =>
    backendRefs.some((ref) => ref.weight > 0 && isFollowed(ref, ROUTED));

  it("tells what was written, whatever route it is, by rules of everybody alone", () => {
    fc.assert(
      fc.property(routes, fc.integer({ min: 1, max: 99 }), fc.boolean(), (spec, weight, isCanary) => {
        const entrance = object("HTTPRoute", "shop", asSpec(spec));
        const routing = isCanary ? canary(weight) : allTo("blue", WORKLOADS);
        const found = after(entrance, routing);
        expect(found.others).to.deep.equal([]);
        expect(found.weights).to.deep.equal(spec.rules.some(leads) ? routing.weights : {});
      }),
    );
  });

  it("tells it as well while the probe has its rule there", () => {
    const found = after(route, canary(5), (spec) => {
      const probed = withProbeRule(spec as Entrance["spec"], services, {
        attempt: "7",
        path: "/api/version",
      });
      expect(probed).to.have.nested.property("spec.rules").that.has.lengthOf(9);
      return "spec" in probed ? probed.spec : {};
    });
    expect([found.weights, ...found.others]).to.deep.equal([{ blue: 95, green: 5 }]);
  });

  it("tells each share that its rules give, where somebody has edited one of them", () => {
    const edited = seen(
      route,
      rulesOf(rule("/", to("blue", 95), to("green", 5)), rule("/api", to("green", 100))),
    );
    expect(edited.weights).to.deep.equal({ blue: 95, green: 5 });
    expect(edited.others).to.deep.equal([{ green: 100 }]);
    expect(describeEntrance(edited)).to.equal("blue 95 %, green 5 % by one rule, and by another green 100 %");
    expect(entrancesUnlike([edited], canary(5))).to.deep.equal([edited]);
  });

  it("counts the first of two rules for the same requests as much as the second, as gateways take it", () => {
    const doubled = seen(route, rulesOf(rule("/", to("green", 1)), rule("/", to("blue", 100))));
    expect(doubled.others).to.have.lengthOf(1);
  });

  it("tells the share of all requests, where others have a part of a rule that is not theirs", () => {
    const alone = seen(
      route,
      rulesOf(rule("/", to("blue", 3), to("green", 0), { name: "stranger", weight: 1 })),
    );
    expect(alone.weights).to.deep.equal({ blue: 75, green: 0 });
    const beside = object(
      "HTTPRoute",
      "shop",
      asSpec(rulesOf(rule("/", { ...shop, weight: 3 }, { name: "old", weight: 1 }))),
    );
    expect(after(beside, canary(5)).weights).to.deep.equal({ blue: 95, green: 5 });
    expect(seen(beside, rulesOf(rule("/", to("blue", 3), { name: "old", weight: 1 }))).weights).to.deep.equal(
      { blue: 100 },
    );
  });

  it("tells the shares of rules that the files do not have, as those of another version", () => {
    const found = seen(
      route,
      rulesOf(rule("/v2", to("blue", 20), to("green", 60), { name: "old", weight: 900 })),
    );
    expect(found.weights).to.deep.equal({ blue: 25, green: 75 });
  });

  it("has weight 1 for a reference without one, and adds up those to the same workload", () => {
    const refs = (...all: readonly object[]) => seen(route, rulesOf(rule("/", ...all))).weights;
    expect(refs({ name: "shop-blue" }, { name: "shop-green", weight: 3 })).to.deep.equal({
      blue: 25,
      green: 75,
    });
    expect(refs(to("blue", 40), to("blue", 60))).to.deep.equal({ blue: 100 });
    expect(refs(to("blue", 0), to("green", 0))).to.deep.equal({ blue: 0, green: 0 });
  });

  it("is nobody's as its files have it, and where it leads elsewhere", () => {
    for (const spec of [
      route.spec,
      {},
      rulesOf({}),
      rulesOf(rule("/", { ...to("blue", 1), namespace: "other" })),
    ])
      expect(seen(route, spec)).to.deep.include({ weights: {}, others: [] });
  });
});

describe("a Service in the cluster", () => {
  it("leads to the workload that it selects, and to nobody where it selects all pods, or those of others", () => {
    const weights = (selector?: object) => seen(service, selector ? { selector } : {}).weights;
    expect(weights({ ...SELECTOR, "zero-downtime/workload": "green" })).to.deep.equal({ green: 100 });
    for (const selector of [SELECTOR, undefined, { "zero-downtime/workload": "green" }])
      expect(weights(selector)).to.deep.equal({});
  });

  it("stays with the old colour in a canary, whatever its share", () => {
    for (const weight of [1, 50, 99])
      expect(after(service, canary(weight)).weights).to.deep.equal({ blue: 100 });
  });
});

describe("several entrances", () => {
  const all = (routing: Routing) => ENTRANCES.objects.map((entrance) => after(entrance, routing));
  const names = (found: readonly LiveEntrance[]) => found.map(({ entrance }) => entrance.kind);

  it("agree once all are written, in every rung and after it", () => {
    for (const routing of [canary(1), canary(50), allTo("green", WORKLOADS)])
      expect(entrancesUnlike(all(routing), routing)).to.deep.equal([]);
  });

  it("differ by those that are not written yet, or were edited", () => {
    const [before = seen(route, {}), stale = seen(service, {})] = all(canary(50));
    const [now = before, then = stale] = all(allTo("green", WORKLOADS));
    const switched = allTo("green", WORKLOADS);
    expect(names(entrancesUnlike([now, stale], switched))).to.deep.equal(["Service"]);
    expect(names(entrancesUnlike([before, then], switched))).to.deep.equal(["HTTPRoute"]);
    // Half of the requests each, so only the Service shows who is the candidate.
    expect(names(entrancesUnlike([before, then], canary(50)))).to.deep.equal(["Service"]);
  });

  it("are the public's by the first, and each has its name in words", () => {
    expect(publicWeights(all(canary(5)))).to.deep.equal({ blue: 95, green: 5 });
    expect(publicWeights([])).to.deep.equal({} satisfies Weights);
    expect(describeWhich(service, ENTRANCES.objects)).to.equal("Service shop");
    expect(describeWhich(service, [service])).to.equal("The entrance");
  });

  it("are moved by one field each, whatever else is in their files", () => {
    const labelled = { ...service, labels: { a: "b" }, annotations: { note: "long" } };
    const given = { objects: [route, labelled], services };
    const parts = movableParts(given);
    expect(parts.objects).to.deep.equal([route, { ...service, spec: { selector: SELECTOR } }]);
    for (const routing of [canary(5), allTo("green", WORKLOADS)])
      expect(parts.objects.map((one) => entranceMoved(one, parts, routing, "live"))).to.deep.equal(
        given.objects.map((one) => entranceMoved(one, given, routing, "live")),
      );
  });

  it("need one right for each kind, to the objects by name", () => {
    const admin = object("Service", "shop-admin", service.spec);
    expect(entranceRights({ objects: [...ENTRANCES.objects, admin], services })).to.deep.equal([
      {
        apiGroups: ["gateway.networking.k8s.io"],
        resources: ["httproutes"],
        resourceNames: ["shop"],
        verbs: ["get", "patch"],
      },
      {
        apiGroups: [""],
        resources: ["services"],
        resourceNames: ["shop", "shop-admin"],
        verbs: ["get", "patch"],
      },
    ]);
  });

  it("of two versions are those of the one, and what only the other has, routes first", () => {
    const changed = { ...route, spec: routeSpec.parse({ rules: [rule("/v2", shop)] }) };
    const other = object("HTTPRoute", "beta", route.spec);
    const both = withEntrancesOf(ENTRANCES, {
      objects: [changed, other],
      services: [followed("shop"), followed("beta")],
    });
    expect(both.objects).to.deep.equal([route, other, service]);
    expect(both.services.map(({ name }) => name)).to.deep.equal(["shop", "shop-admin", "beta"]);
    expect(withEntrancesOf(ENTRANCES, ENTRANCES)).to.deep.equal(ENTRANCES);
  });
});
