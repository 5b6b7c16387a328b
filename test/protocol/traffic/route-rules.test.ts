import { expect } from "chai";
import fc from "fast-check";
import { allTo, type Routing } from "../../../protocol/traffic/backend.ts";
import { routeRules } from "../../../protocol/traffic/route-rules.ts";
import {
  MOST_OWN_WEIGHT,
  MOST_WEIGHT,
  routeSpec,
  withoutOwnNamespace,
  type Rule,
} from "../../../protocol/traffic/route-shape.ts";
import { WORKLOADS } from "../../../release/workload.ts";
import { routes, ROUTED, to } from "./routes.ts";

const EVERYTHING = { path: { type: "PathPrefix", value: "/" } };

const routing: Routing = {
  weights: { blue: 95, green: 5 },
  candidate: "green",
  testers: { name: "x-tester", value: "yes" },
  cookie: { name: "stay", values: { blue: "blue-1-5", green: "green-1" } },
};
const plain: Routing = { ...routing, candidate: null, testers: null, cookie: null };

const SERVICES = [{ name: "shop" }, { name: "shop-admin" }];
const written = (rules: readonly object[], more: Partial<Routing> = {}) =>
  routeRules(routeSpec.parse({ rules }).rules, SERVICES, { ...routing, ...more });
const rulesOf = (more: Partial<Routing>) => written([{ backendRefs: [{ name: "shop", port: 80 }] }], more);

describe("the rules of a route", () => {
  it("send testers to the candidate whatever its weight, and everybody by weight", () => {
    expect(rulesOf({ cookie: null })).to.deep.equal([
      {
        matches: [{ ...EVERYTHING, headers: [{ type: "Exact", name: "x-tester", value: "yes" }] }],
        backendRefs: [to("shop-green", 1)],
      },
      { matches: [EVERYTHING], backendRefs: [to("shop-blue", 95), to("shop-green", 5)] },
    ]);
  });

  it("tell everybody where to stay, and send those who were told there, whatever other cookies they have", () => {
    const [, blue, green, everybody] = rulesOf({});
    const pattern = (rule?: Rule) =>
      new RegExp(`^(?:${rule?.matches[0]?.headers?.[0]?.value ?? "nothing"})$`);
    expect(blue?.backendRefs).to.deep.equal([to("shop-blue", 1)]);
    expect(green?.backendRefs).to.deep.equal([to("shop-green", 1)]);
    for (const cookies of [
      "stay=green-1",
      "a=b; stay=green-1",
      "stay=green-1; a=b",
      "a=b;stay=green-1;c=d",
    ]) {
      expect(pattern(green).test(cookies), cookies).to.equal(true);
      expect(pattern(blue).test(cookies), cookies).to.equal(false);
    }
    for (const cookies of ["", "stay=green-2", "stay=green-12", "mystay=green-1", "stay=blue-1-25"])
      for (const rule of [blue, green]) expect(pattern(rule).test(cookies), cookies).to.equal(false);
    expect(JSON.stringify(everybody?.backendRefs)).to.contain(
      '"name":"Set-Cookie","value":"stay=green-1; Path=/; HttpOnly; SameSite=Lax"',
    );
  });

  it("have neither testers nor anybody who stays once the candidate has no weight", () => {
    expect(rulesOf({ weights: { blue: 100, green: 0 }, candidate: null })).to.deep.equal([
      { matches: [EVERYTHING], backendRefs: [to("shop-blue", 100), to("shop-green", 0)] },
    ]);
  });
});

describe("the rules of a route as people have it", () => {
  const rewrite = {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
  };
  const api = {
    name: "api",
    matches: [{ path: { value: "/api" }, method: "GET" }, { path: { type: "Exact", value: "/api.json" } }],
    filters: [rewrite],
    timeouts: { request: "10s", backendRequest: "2s" },
    backendRefs: [
      { name: "shop", port: 8080, weight: 9 },
      { name: "shop-legacy", port: 80 },
      { name: "shop", namespace: "elsewhere", port: 80 },
    ],
  };
  const redirect = {
    matches: [{ path: { value: "/old" } }],
    filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "shop.test" } }],
  };
  const docs = { matches: [{ path: { value: "/docs" } }], backendRefs: [{ name: "docs", port: 80 }] };

  it("stay as they are where they do not lead to the application, but for what the API server would add", () => {
    expect(written([redirect, docs])).to.deep.equal([
      {
        matches: [{ path: { type: "PathPrefix", value: "/old" } }],
        filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "shop.test", statusCode: 302 } }],
      },
      { matches: [{ path: { type: "PathPrefix", value: "/docs" } }], backendRefs: [to("docs", 1)] },
    ]);
  });

  it("share a Service's own weight a hundredfold, beside others who have theirs a hundredfold", () => {
    const [rule] = written([api], plain);
    expect(rule).to.deep.equal({
      ...api,
      matches: [
        { path: { type: "PathPrefix", value: "/api" }, method: "GET" },
        { path: { type: "Exact", value: "/api.json" } },
      ],
      backendRefs: [
        to("shop-blue", 855, { port: 8080 }),
        to("shop-green", 45, { port: 8080 }),
        to("shop-legacy", 100),
        to("shop", 100, { namespace: "elsewhere" }),
      ],
    });
  });

  it("have the largest weight there is where a Service has the largest that files may write", () => {
    const [rule] = written([{ backendRefs: [{ name: "shop", port: 80, weight: MOST_OWN_WEIGHT }] }], {
      ...allTo("blue", WORKLOADS),
    });
    expect(rule?.backendRefs?.map(({ weight }) => weight)).to.deep.equal([MOST_WEIGHT, 0, 0]);
  });

  it("have testers and users who stay at each that leads to the application, before it, to it alone", () => {
    const rules = written([api, redirect, { backendRefs: [{ name: "shop-admin", port: 80 }] }]);
    expect(rules).to.have.lengthOf(4 + 1 + 4);
    const [tester] = rules;
    expect(tester).to.deep.equal({
      matches: [
        { path: { type: "PathPrefix", value: "/api" }, method: "GET", headers: [TESTER] },
        { path: { type: "Exact", value: "/api.json" }, headers: [TESTER] },
      ],
      filters: [rewrite],
      timeouts: api.timeouts,
      backendRefs: [to("shop-green", 9, { port: 8080 })],
    });
    expect(rules.map(({ name }) => name).filter((name) => name !== undefined)).to.deep.equal(["api"]);
    expect(rules.at(-1)?.backendRefs?.map(({ name }) => name)).to.deep.equal([
      "shop-admin-blue",
      "shop-admin-green",
    ]);
  });
  const TESTER = { type: "Exact", name: "x-tester", value: "yes" };

  it("keep a Service's own filters, and extend the one for answers by the cookie", () => {
    const server = {
      type: "ResponseHeaderModifier",
      responseHeaderModifier: { set: [header("server", "shop")] },
    };
    const [, , , everybody] = written([{ backendRefs: [{ name: "shop", port: 80, filters: [server] }] }]);
    const [blue] = everybody?.backendRefs ?? [];
    expect(blue?.filters).to.deep.equal([
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: {
          set: [header("server", "shop")],
          add: [header("Set-Cookie", "stay=blue-1-5; Path=/; HttpOnly; SameSite=Lax")],
        },
      },
    ]);
  });
  function header(name: string, value: string) {
    return { name, value };
  }

  it("send no testers where the rule's own match, or a weight of none, keeps them out", () => {
    const own = { headers: [{ name: "X-Tester", value: "no" }] };
    const refs = { backendRefs: [{ name: "shop", port: 80 }] };
    expect(written([{ matches: [own], ...refs }], { cookie: null })).to.have.lengthOf(1);
    expect(written([{ matches: [own, {}], ...refs }], { cookie: null })[0]?.matches).to.have.lengthOf(1);
    const unused = {
      backendRefs: [
        { name: "shop", port: 80, weight: 0 },
        { name: "shop-legacy", port: 80 },
      ],
    };
    expect(written([unused], { cookie: null })).to.have.lengthOf(1);
  });

  it("know a Service of the route's own namespace, whether they state it or not", () => {
    const rules = [
      { backendRefs: ["live", "other"].map((namespace) => ({ name: "shop", namespace, port: 80 })) },
    ];
    const local = [
      { name: "shop", port: 80 },
      { name: "shop", namespace: "other", port: 80 },
    ];
    const spec = { hostnames: ["shop.test"], rules: [...rules, { filters: [] }] };
    expect(withoutOwnNamespace(spec, "live")).to.deep.equal({
      hostnames: ["shop.test"],
      rules: [{ backendRefs: local }, { filters: [] }],
    });
    expect(withoutOwnNamespace({}, "live")).to.deep.equal({});
  });
});

describe("the rules of any route", () => {
  const isOurs = (name: string) => /-(blue|green|rolling)$/.test(name);

  it("give everybody else what he had, and the Services their weight a hundredfold", () => {
    fc.assert(
      fc.property(routes, ({ rules: given }) => {
        const made = routeRules(given, ROUTED, plain);
        expect(made.length).to.equal(given.length);
        for (const [at, rule] of made.entries()) {
          const { backendRefs: before = [], ...rest } = given[at] ?? { matches: [] };
          const { backendRefs: after = [], ...same } = rule;
          expect(same).to.deep.equal(rest);
          const isLed = after.some(({ name }) => isOurs(name));
          const sum = (refs: readonly { readonly weight: number }[]) =>
            refs.reduce((total, { weight }) => total + weight, 0);
          expect(sum(after)).to.equal(sum(before) * (isLed ? 100 : 1));
          const others = after.filter(({ name }) => !isOurs(name));
          const wereOthers = before.filter(
            ({ name, namespace }) => namespace !== undefined || !ROUTED.some((one) => one.name === name),
          );
          expect(others.map(({ weight }) => weight)).to.deep.equal(
            wereOthers.map(({ weight }) => weight * (isLed ? 100 : 1)),
          );
        }
      }),
    );
  });

  it("are those of the files again, whoever had the traffic before", () => {
    fc.assert(
      fc.property(routes, ({ rules }) => {
        const all = WORKLOADS.map((workload) => routeRules(rules, ROUTED, allTo(workload, WORKLOADS)));
        const names = (made: readonly Rule[]) =>
          made.flatMap(({ backendRefs = [] }) => backendRefs.map(({ name }) => name));
        expect(new Set(all.map((made) => JSON.stringify(names(made)))).size).to.equal(1);
        expect(routeRules(rules, [], plain).map(({ matches }) => matches)).to.deep.equal(
          rules.map(({ matches }) => matches),
        );
      }),
    );
  });
});
