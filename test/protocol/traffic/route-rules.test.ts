import { expect } from "chai";
import { routeRules, type RouteTraffic } from "../../../protocol/traffic/route-rules.ts";

const EVERYTHING = { path: { type: "PathPrefix", value: "/" } };
const to = (name: string, weight: number) => ({ group: "", kind: "Service", name, port: 80, weight });

const routing: RouteTraffic = {
  backends: [
    { service: "shop-blue", weight: 95 },
    { service: "shop-green", weight: 5 },
  ],
  candidate: "shop-green",
  testers: { name: "x-tester", value: "yes" },
  cookie: { name: "stay", values: { "shop-blue": "blue-1-5", "shop-green": "green-1" } },
};

interface Rule {
  readonly matches: readonly { readonly headers?: readonly { readonly value: string }[] }[];
  readonly backendRefs: readonly { readonly name: string; readonly filters?: readonly unknown[] }[];
}
const rulesOf = (more: Partial<RouteTraffic>) => routeRules({ ...routing, ...more }) as unknown as Rule[];

describe("routeRules", () => {
  it("sends testers to the candidate whatever its weight, and everybody by weight", () => {
    expect(rulesOf({ cookie: null })).to.deep.equal([
      {
        matches: [{ ...EVERYTHING, headers: [{ type: "Exact", name: "x-tester", value: "yes" }] }],
        backendRefs: [to("shop-green", 1)],
      },
      { matches: [EVERYTHING], backendRefs: [to("shop-blue", 95), to("shop-green", 5)] },
    ]);
  });

  it("tells everybody where to stay, and sends those who were told there, whatever other cookies they have", () => {
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

  it("has neither testers nor anybody who stays once the candidate has no weight", () => {
    const backends = [
      { service: "shop-blue", weight: 100 },
      { service: "shop-green", weight: 0 },
    ];
    expect(rulesOf({ backends, candidate: null })).to.deep.equal([
      { matches: [EVERYTHING], backendRefs: [to("shop-blue", 100), to("shop-green", 0)] },
    ]);
  });
});
