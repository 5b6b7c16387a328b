import { expect } from "chai";
import { misled } from "../../../../jobs/checks/identity/endpoints.ts";
import { endpointSlice } from "../../../../jobs/kubernetes/cluster-objects.ts";

const to = (name: string, conditions: object = { ready: true }) => ({
  addresses: [`10.0.0.${name.length}`],
  conditions,
  targetRef: { kind: "Pod", name },
});
const slice = (endpoints: object[] | null, addressType = "IPv4") =>
  endpointSlice.parse({ addressType, endpoints });

const seen = (readyPods: string[], ...slices: ReturnType<typeof slice>[]) =>
  misled({
    service: { name: "shop", pods: { app: "shop", colour: "green" }, address: null },
    slices,
    readyPods,
  });

describe("where a Service leads", () => {
  it("is right where it is exactly the ready pods, over as many slices as there are", () => {
    expect(seen(["a", "b"], slice([to("a"), to("b")]))).to.equal(null);
    expect(seen(["a", "b"], slice([to("a")]), slice([to("b")]), slice(null))).to.equal(null);
  });

  it("is right where pods that are not ready, or end, get no new connections", () => {
    const others = [
      to("starting", { ready: false }),
      to("ending", { ready: false, serving: true, terminating: true }),
    ];
    expect(seen(["a"], slice([to("a"), ...others]))).to.equal(null);
  });

  it("counts an endpoint whose readiness is not said as ready, as proxies do", () => {
    expect(seen(["a"], slice([to("a", {})]))).to.equal(null);
    expect(seen(["a"], slice([to("a"), to("old", {})]))).to.match(/leads to others/);
  });

  for (const [what, readyPods, slices, problem] of [
    [
      "an old pod",
      ["a"],
      [slice([to("a"), to("old")])],
      "the Service shop leads to others than the ready pods of app=shop,colour=green: old",
    ],
    [
      "a pod that ends, as the Service publishes it all the same",
      ["a"],
      [slice([to("a"), to("b", { ready: true, terminating: true })])],
      "the Service shop leads to others than the ready pods of app=shop,colour=green: b, which is terminating",
    ],
    [
      "an address that is no pod's",
      ["a"],
      [slice([to("a"), { addresses: ["192.0.2.1"] }])],
      "the Service shop leads to others than the ready pods of app=shop,colour=green: 192.0.2.1",
    ],
    [
      "many, of whom some are named",
      ["a"],
      [slice([to("a"), ...["b", "cc", "ddd", "eeee", "fffff"].map((name) => to(name))])],
      "the Service shop leads to others than the ready pods of app=shop,colour=green: b, cc, ddd and 2 more",
    ],
    [
      "too few",
      ["a", "b"],
      [slice([to("a"), to("b", { ready: false })])],
      "the Service shop does not lead to all of the ready pods of app=shop,colour=green: b missing",
    ],
    [
      "too few, in one of two address families",
      ["a", "b"],
      [slice([to("a"), to("b")]), slice([to("a")], "IPv6")],
      "the Service shop does not lead to all of the ready pods of app=shop,colour=green: b missing",
    ],
    ["nobody", ["a"], [], "the Service shop leads nowhere"],
    [
      "nobody, and there is nobody",
      [],
      [slice([])],
      "there are none of the ready pods of app=shop,colour=green, which belong behind shop",
    ],
  ] as const)
    it(`is wrong where it is ${what}`, () => {
      expect(seen([...readyPods], ...slices)).to.equal(problem);
    });
});
