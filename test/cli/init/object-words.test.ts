import { expect } from "chai";
import { objectLines, objectWords } from "../../../cli/init/object-words.ts";
import { STRATEGIES, type Strategy } from "../../../release/phases.ts";
import { applicationOf } from "../../manifests/prepare/shop.ts";

const object = (kind: string, name: string) => ({ apiVersion: "v1", kind, metadata: { name } });

const APPLICATION = applicationOf({
  routes: [object("HTTPRoute", "shop")],
  budgets: [object("PodDisruptionBudget", "shop")],
  versioned: [object("ConfigMap", "settings")],
  shared: [
    object("Secret", "tls"),
    object("Ingress", "shop"),
    object("PersistentVolumeClaim", "files"),
    object("ServiceAccount", "shop"),
  ],
});

const words = (strategy: Strategy) =>
  Object.fromEntries(
    objectWords(APPLICATION, "shop", strategy).map(({ title, becomes }) => [title, becomes]),
  );

describe("what zd init says becomes of each object", () => {
  it("names it for every object once, in every strategy", () => {
    for (const strategy of STRATEGIES) {
      const all = objectWords(APPLICATION, "shop", strategy);
      expect(all.map(({ title }) => title)).to.deep.equal([
        "Deployment/shop",
        "Service/shop",
        "HTTPRoute/shop",
        "PodDisruptionBudget/shop",
        "ConfigMap/settings",
        "Secret/tls",
        "Ingress/shop",
        "PersistentVolumeClaim/files",
        "ServiceAccount/shop",
      ]);
      for (const { becomes } of all) expect(becomes).to.not.equal("");
    }
  });

  it("tells what follows, what has a version of its own, and what both versions share", () => {
    const told = words("blue-green");
    expect(told["Deployment/shop"]).to.match(/one for each colour: shop-blue and shop-green/);
    expect(told["Service/shop"]).to.match(
      /^follows the version that serves; beside it shop-blue and shop-green/,
    );
    expect(told["HTTPRoute/shop"]).to.match(/^as written, but for shop in its backendRefs/);
    expect(told["ConfigMap/settings"]).to.match(/^one for each version/);
    expect(told["Secret/tls"]).to.match(/^shared: .*both versions see a change/);
    expect(told["Ingress/shop"]).to.match(/it leads to the Service, which follows/);
  });

  it("tells of one Deployment whose pods are replaced in rolling, and of no colours", () => {
    const told = words("rolling");
    expect(told["Deployment/shop"]).to.match(/^shop-rolling: /);
    expect(JSON.stringify(told)).to.not.match(/colour|blue|green/);
  });

  it("stands in two columns", () => {
    const lines = objectLines([
      { title: "Service/shop", becomes: "one" },
      { title: "ConfigMap/settings", becomes: "two" },
    ]);
    expect(lines).to.deep.equal(["  Service/shop        one", "  ConfigMap/settings  two"]);
  });
});
