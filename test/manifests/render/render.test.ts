import { expect } from "chai";
import { budgetOf } from "../../../manifests/render/budget.ts";
import { deploymentOf, fullSize, templateDigest } from "../../../manifests/render/deployment.ts";
import { serviceOf, workloadUrl } from "../../../manifests/render/service.ts";
import type { WebPods } from "../../../manifests/version-objects.ts";

const cluster = { app: "shop", namespace: "live" };
const pods = { "zero-downtime/app": "shop" };
const spread = (labelSelector: object) => ({ maxSkew: 1, labelSelector });
const web: WebPods = {
  selector: pods,
  labels: {},
  annotations: { team: "shop" },
  container: "web",
  replicas: 3,
  spec: { minReadySeconds: 5 },
  template: {
    metadata: { labels: { app: "shop", ...pods }, annotations: { "prometheus.io/scrape": "true" } },
    spec: {
      containers: [{ name: "web" }],
      topologySpreadConstraints: [
        spread({ matchLabels: pods }),
        spread({ matchLabels: { app: "shop" } }),
      ] as never,
    },
  },
  metrics: null,
  port: 8080,
  imagePullSecrets: [],
};
const at = { cluster, workload: "green", size: "full", replicas: 3, number: 7 } as const;
const ofGreen = { ...pods, "zero-downtime/workload": "green" };

describe("a Deployment of a workload", () => {
  it("selects the workload's pods by the labels that they have, and no others", () => {
    const { metadata, spec } = deploymentOf({ web }, at);
    expect(metadata).to.deep.include({ name: "shop-green", namespace: "live" });
    expect(spec["selector"]).to.deep.equal({ matchLabels: ofGreen });
    expect(spec.template.metadata["labels"]).to.deep.equal({ app: "shop", ...ofGreen });
    expect(spec.template.metadata["annotations"]).to.deep.include({ "prometheus.io/scrape": "true" });
  });

  it("has pods that tell of what template they are, whatever image they have, and whichever size", () => {
    const markOf = (more: Partial<WebPods>, replicas = 3) => {
      const { metadata } = deploymentOf({ web: { ...web, ...more } }, { ...at, replicas }).spec.template;
      return (metadata["annotations"] as Record<string, string> | undefined)?.["zero-downtime/template"];
    };
    const other = { ...web.template, spec: { ...web.template.spec, volumes: [{ name: "texts" }] } };
    expect(markOf({})).to.equal(templateDigest({ web }));
    expect(markOf({ replicas: 9 }, 9)).to.equal(markOf({}));
    expect(markOf({ template: other })).to.not.equal(markOf({}));
    const simple = { "app.kubernetes.io/name": "shop" };
    expect(markOf({ selector: simple }), "of pods that config describes").to.equal(undefined);
  });

  it("spreads the workload's pods by our own constraint, and leaves the user's as they are", () => {
    const { template } = deploymentOf({ web }, at).spec;
    expect(template.spec["topologySpreadConstraints"]).to.deep.equal([
      spread({ matchLabels: ofGreen }),
      spread({ matchLabels: { app: "shop" } }),
    ]);
  });

  it("has the number of pods that it is given, none where it is parked, and none stated for an autoscaler", () => {
    const { replicas, ...rest } = deploymentOf({ web }, at).spec;
    expect(replicas).to.equal(3);
    expect(rest["minReadySeconds"]).to.equal(5);
    expect(deploymentOf({ web }, { ...at, size: "parked" }).spec["replicas"]).to.equal(0);
    expect(deploymentOf({ web }, { ...at, replicas: null }).spec).to.not.have.property("replicas");
    expect(deploymentOf({ web }, { ...at, replicas: null, size: "parked" }).spec["replicas"]).to.equal(0);
  });

  it("is as large as config says, and where that says nothing, as the version does", () => {
    expect(fullSize({ web }, 5)).to.equal(5);
    expect(fullSize({ web }, 0)).to.equal(3);
  });

  it("changes nothing of the version that it is made from", () => {
    const before = structuredClone(web);
    deploymentOf({ web }, at);
    expect(web).to.deep.equal(before);
  });
});

describe("a Service of a workload", () => {
  const followed = {
    name: "web",
    ports: [{ port: 80 }, { port: 9090 }],
    selector: { app: "shop" },
    isPublic: true,
  };

  it("has the user's ports and finds the pods of the workload that the user's own finds", () => {
    const { metadata, spec } = serviceOf(followed, { cluster, workload: "blue" });
    expect(metadata.name).to.equal("web-blue");
    expect(spec).to.deep.equal({
      type: "ClusterIP",
      selector: { app: "shop", "zero-downtime/workload": "blue" },
      ports: followed.ports,
    });
  });

  it("is addressed at its first port, which goes unsaid where it is that of HTTP", () => {
    const url = (port: number) =>
      workloadUrl({ services: [{ ...followed, ports: [{ port }] }] }, { cluster, workload: "blue" });
    expect(url(80)).to.equal("http://web-blue.live.svc");
    expect(url(9898)).to.equal("http://web-blue.live.svc:9898");
  });
});

describe("a budget of a workload", () => {
  const budget = (spec: object) =>
    budgetOf({ name: "web", spec: { ...spec } }, { cluster, workload: "blue" });

  it("protects the workload's pods, of those that the user's own does", () => {
    const matchExpressions = [{ key: "tier", operator: "In", values: ["web"] }];
    const { metadata, spec } = budget({
      minAvailable: "50%",
      selector: { matchLabels: { app: "shop" }, matchExpressions },
    });
    expect(metadata.name).to.equal("web-blue");
    expect(spec).to.deep.equal({
      minAvailable: "50%",
      selector: { matchLabels: { app: "shop", "zero-downtime/workload": "blue" }, matchExpressions },
    });
    expect(budget({ selector: { matchExpressions } }).spec.selector).to.deep.equal({
      matchExpressions,
      matchLabels: { "zero-downtime/workload": "blue" },
    });
  });
});
