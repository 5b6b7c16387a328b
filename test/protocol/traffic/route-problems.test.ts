import { expect } from "chai";
import { trafficSchema } from "../../../protocol/traffic/backends.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import {
  entranceProblems,
  routeProblems,
  type RouteWishes,
} from "../../../protocol/traffic/route-problems.ts";

const NOTHING: RouteWishes = { testers: null, isSticky: false };
const ALL: RouteWishes = { testers: { name: "x-tester", value: "yes" }, isSticky: true };
const services = [{ name: "shop", ports: [{ port: 80 }], selector: { app: "shop" }, isPublic: true }];

const problems = (rules: readonly object[], wishes = NOTHING) =>
  routeProblems(
    {
      objects: [
        { kind: "HTTPRoute", name: "shop", labels: {}, annotations: {}, spec: { rules } as never },
        { kind: "Service", name: "shop", labels: {}, annotations: {}, spec: { selector: { app: "shop" } } },
      ],
      services,
    },
    wishes,
  );
const to = (name: string, more: object = {}) => ({ name, port: 80, ...more });
const rule = (at: number, ...refs: readonly object[]) => ({
  matches: [{ path: { value: `/${at}` } }],
  backendRefs: refs.length > 0 ? refs : [to("shop")],
});
const rules = (count: number) => Array.from({ length: count }, (_, at) => rule(at));

describe("entrances beside what config says of traffic", () => {
  const problemsOf = (mode: "gateway" | "service", form: "gateway" | "service", more: object = {}) =>
    entranceProblems(
      { traffic: { ...trafficOf(mode), ...more }, canary: { stickiness: { cookie: "stay" } } } as never,
      simpleEntrances({ app: { name: "shop" }, traffic: { mode: form } }),
    );
  const trafficOf = (mode: "gateway" | "service") =>
    trafficSchema.parse(mode === "gateway" ? { mode, clusterUrl: "http://gateway" } : { mode });

  it("are what its mode says", () => {
    for (const mode of ["gateway", "service"] as const) expect(problemsOf(mode, mode)).to.deep.equal([]);
    expect(problemsOf("gateway", "service")).to.deep.equal([
      "no HTTPRoute leads to Service shop, and traffic.mode gateway moves traffic by one: add it to the manifests, or set traffic.mode service",
    ]);
    expect(problemsOf("service", "gateway").join()).to.match(
      /^HTTPRoute shop leads to Service shop, .* set traffic.mode gateway$/,
    );
  });

  it("can be written with the testers and the cookie that it wants", () => {
    const { objects, services: followed } = simpleEntrances({
      app: { name: "shop" },
      traffic: { mode: "gateway" },
    });
    const [route] = objects;
    if (!route) throw new Error("there is a route");
    const spec = { rules: rules(5) } as never;
    const wanted = {
      traffic: { ...trafficOf("gateway"), candidateHeader: { name: "x-tester", value: "1" } },
      canary: { stickiness: { cookie: "stay" } },
    };
    expect(
      entranceProblems(wanted as never, { objects: [{ ...route, spec }], services: followed }).join(),
    ).to.match(/20 rules with those for testers .* and users who stay/);
  });
});

describe("what a release cannot make of a route", () => {
  it("is nothing of what people usually have", () => {
    expect(problems(rules(3))).to.deep.equal([]);
    expect(problems(rules(4), ALL)).to.deep.equal([]);
    expect(
      problems([...rules(3), ...rules(4).map((one) => ({ ...one, backendRefs: [to("docs")] }))], ALL),
    ).to.deep.equal([]);
  });

  it("is more rules or matches than fit in, with those for testers and for users who stay", () => {
    expect(problems(rules(16))).to.deep.equal([]);
    expect(problems(rules(9), { ...ALL, isSticky: false })).to.deep.equal([
      "HTTPRoute shop would have 18 rules with those for testers (traffic.candidateHeader), and a route has at most 16: divide it into several, or do without these",
    ]);
    expect(problems(rules(5), ALL).join()).to.match(/20 rules with those for testers .* and users who stay/);
    const many = {
      matches: Array.from({ length: 40 }, (_, at) => ({ path: { value: `/${at}` } })),
      backendRefs: [to("shop")],
    };
    expect(problems([many])).to.deep.equal([]);
    expect(problems([many], ALL).join()).to.match(/160 matches/);
  });

  it("is more backends than fit into a rule, with each version's own", () => {
    const refs = (count: number) => Array.from({ length: count }, () => to("shop"));
    expect(problems([rule(0, ...refs(5))])).to.deep.equal([]);
    expect(problems([rule(0, ...refs(6))]).join()).to.match(/rule 1 would have 18 backends/);
  });

  it("is a header that a match asks for already, or no room for one more", () => {
    const asking = (...names: readonly string[]) => [
      { matches: [{ headers: names.map((name) => ({ name, value: "1" })) }], backendRefs: [to("shop")] },
    ];
    expect(problems(asking("X-Tester", "cookie"))).to.deep.equal([]);
    expect(problems(asking("X-Tester"), ALL).join()).to.match(
      /header x-tester, which traffic.candidateHeader needs/,
    );
    expect(problems(asking("cookie"), ALL).join()).to.match(/header Cookie, which canary.stickiness needs/);
    const sixteen = Array.from({ length: 16 }, (_, at) => `x-${at}`);
    expect(problems(asking(...sixteen))).to.deep.equal([]);
    expect(problems(asking(...sixteen), ALL).join()).to.match(/16 headers, the most that there may be/);
  });

  it("is a cookie of the route's own on a backend, beside the one by which users stay", () => {
    const add = [{ name: "set-cookie", value: "a=b" }];
    const filters = [{ type: "ResponseHeaderModifier", responseHeaderModifier: { add } }];
    expect(problems([rule(0, to("shop", { filters }))])).to.deep.equal([]);
    expect(problems([rule(0, to("shop", { filters }))], ALL).join()).to.match(/adds the header Set-Cookie/);
  });
});
