import { expect } from "chai";
import {
  PROBE_HEADER,
  withProbeRule,
  WORKLOAD_HEADER,
  type ProbedRoute,
} from "../../../protocol/traffic/probe-rule.ts";
import { to } from "./routes.ts";

const SERVICES = [{ name: "shop" }, { name: "shop-admin" }];

const prefix = (value: string) => ({ path: { type: "PathPrefix", value } });
const exact = (value: string) => ({ path: { type: "Exact", value } });
const pair = (more: object = {}) => [to("shop-blue", 95, more), to("shop-green", 5, more)];
const naming = (workload: string) => ({
  type: "ResponseHeaderModifier",
  responseHeaderModifier: { set: [{ name: WORKLOAD_HEADER, value: workload }] },
});
const PROBE = { type: "Exact", name: PROBE_HEADER, value: "attempt-7" };

const probed = (rules: readonly object[], path = "/version") =>
  withProbeRule({ hostnames: ["shop.test"], rules } as never, SERVICES, { attempt: "attempt-7", path });
const rulesOf = (route: ProbedRoute) =>
  "spec" in route ? (route.spec["rules"] as unknown as readonly Record<string, unknown>[]) : [];
const whyOf = (route: ProbedRoute) => ("why" in route ? route.why : "");

/** The place of the rule of which the probe's is a copy. */
const copied = (rules: readonly object[], path?: string) =>
  rulesOf(probed(rules, path)).findIndex((rule) => JSON.stringify(rule).includes(PROBE_HEADER));

describe("the probe's rule", () => {
  it("is a copy of the one that answers, before it, whose backends name their workload", () => {
    const rules = [
      { matches: [prefix("/admin")], backendRefs: [to("shop-admin-blue", 100)] },
      {
        name: "everything",
        matches: [exact("/"), { ...prefix("/"), queryParams: [] }],
        filters: [{ type: "URLRewrite", urlRewrite: { hostname: "shop.internal" } }],
        timeouts: { request: "10s" },
        backendRefs: [...pair(), to("shop-legacy", 900)],
      },
    ];
    const route = probed(rules);
    expect(route).to.have.nested.property("spec.hostnames").that.deep.equals(["shop.test"]);
    expect(rulesOf(route)).to.deep.equal([
      rules[0],
      {
        matches: [{ ...prefix("/"), queryParams: [], headers: [PROBE] }],
        filters: [{ type: "URLRewrite", urlRewrite: { hostname: "shop.internal" } }],
        timeouts: { request: "10s" },
        backendRefs: [
          to("shop-blue", 95, { filters: [naming("blue")] }),
          to("shop-green", 5, { filters: [naming("green")] }),
          to("shop-legacy", 900),
        ],
      },
      rules[1],
    ]);
  });

  it("extends a backend's own filter for answers, as it may have one of them only", () => {
    const cookie = { name: "Set-Cookie", value: "stay=blue-1" };
    const filters = [
      { type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-debug"] } },
      { type: "ResponseHeaderModifier", responseHeaderModifier: { add: [cookie], remove: ["server"] } },
    ];
    const [rule] = rulesOf(
      probed([{ matches: [prefix("/")], backendRefs: [to("shop-blue", 1, { filters })] }]),
    );
    expect(rule)
      .to.have.nested.property("backendRefs[0].filters")
      .that.deep.equals([
        filters[0],
        {
          type: "ResponseHeaderModifier",
          responseHeaderModifier: {
            add: [cookie],
            set: [{ name: WORKLOAD_HEADER, value: "blue" }],
            remove: ["server"],
          },
        },
      ]);
  });

  it("is of the rule that a gateway would choose, wherever that stands", () => {
    const rule = (match: object) => ({ matches: [match], backendRefs: pair() });
    const all = rule(prefix("/"));
    expect(copied([all, rule(prefix("/version"))])).to.equal(1);
    expect(copied([rule(prefix("/version")), rule(exact("/version")), all])).to.equal(1);
    expect(copied([all, rule(prefix("/ver"))])).to.equal(0);
    expect(copied([all, rule(prefix("/version/"))])).to.equal(1);
    expect(copied([all, rule({ ...prefix("/"), method: "GET" })])).to.equal(1);
    expect(copied([all, rule({ ...prefix("/version"), method: "POST" })])).to.equal(0);
    const staging = { type: "Exact", name: "x-stage", value: "beta" };
    expect(copied([rule({ ...prefix("/version"), headers: [staging] }), all])).to.equal(1);
    const full = { type: "Exact", name: "full", value: "1" };
    const asked = [all, rule({ ...prefix("/"), queryParams: [full] })];
    expect([copied(asked, "/version?full=1"), copied(asked, "/version?full=2")]).to.deep.equal([1, 0]);
    expect(copied([all, rule({ path: { type: "RegularExpression", value: "/v[a-z]+" } })])).to.equal(1);
    expect(copied([all, rule({ path: { type: "RegularExpression", value: "/v" } })])).to.equal(0);
    expect(copied([all, rule({ path: { type: "RegularExpression", value: "(?i" } })])).to.equal(0);
    expect(copied([{ backendRefs: pair() }])).to.equal(0);
  });

  it("is not made where that rule does not lead to the application, and says so", () => {
    const redirect = { type: "RequestRedirect", requestRedirect: { scheme: "https" } };
    expect(whyOf(probed([{ matches: [prefix("/")], filters: [redirect] }]))).to.match(
      /rule for GET \/version does not lead to the application/,
    );
    const elsewhere = { matches: [prefix("/")], backendRefs: [to("shop-blue", 1, { namespace: "other" })] };
    expect(whyOf(probed([elsewhere]))).to.match(/does not lead/);
    const unused = { matches: [prefix("/")], backendRefs: [to("shop-blue", 0), to("shop-legacy", 1)] };
    expect(whyOf(probed([unused]))).to.match(/does not lead/);
    expect(whyOf(probed([{ matches: [prefix("/api")], backendRefs: pair() }]))).to.match(
      /no rule of the route is for GET \/version/,
    );
  });

  it("is not made where the route has no room for it", () => {
    const rule = (at: number) => ({ matches: [prefix(`/${at}`)], backendRefs: pair() });
    const fifteen = Array.from({ length: 15 }, (_, at) => rule(at));
    expect(rulesOf(probed(fifteen, "/3"))).to.have.lengthOf(16);
    expect(whyOf(probed([...fifteen, rule(15)], "/3"))).to.equal(
      "the route has 16 rules already, and 16 are the most",
    );
    const matches = Array.from({ length: 64 }, (_, at) => prefix(`/${at}`));
    const two = [
      { matches, backendRefs: pair() },
      { matches, backendRefs: pair() },
    ];
    expect(whyOf(probed(two, "/3"))).to.match(/128 matches already/);
  });
});
