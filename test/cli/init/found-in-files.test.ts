import { expect } from "chai";
import { foundInFiles, namespaceIn, webDeployments } from "../../../cli/init/found-in-files.ts";
import type { ManifestObject } from "../../../manifests/kube-object.ts";
import { applicationOf, written, type Files } from "../../manifests/prepare/shop.ts";

const deployment = (name: string, labels: object): ManifestObject =>
  written({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { template: { metadata: { labels }, spec: { containers: [] } } },
  });
const service = (selector?: object, namespace?: string): ManifestObject =>
  written({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "front", ...(namespace === undefined ? {} : { namespace }) },
    spec: { selector },
  });

const found = (files: Files, namespace = "live") => {
  const application = applicationOf(files);
  return foundInFiles({ ...application, container: "web" }, namespace);
};

describe("what files say of the Deployment that users reach", () => {
  it("is the one that a Service finds", () => {
    const [web, worker] = [
      deployment("shop", { app: "shop", tier: "web" }),
      deployment("jobs", { app: "jobs" }),
    ];
    expect(webDeployments([web, worker, service({ app: "shop" })])).to.deep.equal(["shop"]);
    expect(webDeployments([service({ tier: "web", app: "shop" }), worker, web])).to.deep.equal(["shop"]);
  });

  it("is several where Services find several, or none any", () => {
    const both = [deployment("shop", { app: "shop" }), deployment("redis", { app: "redis" })];
    expect(webDeployments([...both, service({ app: "shop" }), service({ app: "redis" })])).to.have.length(2);
    expect(webDeployments([...both, service({ app: "other" }), service({}), service()])).to.have.length(2);
    expect(webDeployments([service({ app: "shop" })])).to.deep.equal([]);
  });
});

describe("what files say of a namespace", () => {
  it("is the one that they name, if it is but one", () => {
    const other = deployment("shop", {});
    expect(namespaceIn([service({}, "shop"), other, service({}, "shop")])).to.equal("shop");
    expect(namespaceIn([service({}, "shop"), service({}, "infra")])).to.equal(null);
    expect(namespaceIn([other])).to.equal(null);
  });
});

describe("what files say of the version that runs", () => {
  it("is the image of the application's container, wherever that stands", () => {
    const sidecars = [{ name: "proxy", image: "proxy:9" }];
    expect(found({ sidecars, container: { image: "registry.test:5000/shop:1.4" } }).image).to.equal(
      "registry.test:5000/shop:1.4",
    );
    expect(found({ container: { image: undefined } }).image).to.equal(null);
  });

  it("is the version by the label of charts, else by the image's tag where that says something", () => {
    const label = (version: string) => ({ labels: { app: "shop", "app.kubernetes.io/version": version } });
    const images: readonly (readonly [string, string | null])[] = [
      ["shop:1.4.2", "1.4.2"],
      ["registry.test:5000/shop:v2", "v2"],
      ["registry.test:5000/shop", null],
      ["shop:latest", null],
      [`shop:3.1@sha256:${"a".repeat(64)}`, "3.1"],
      [`shop@sha256:${"a".repeat(64)}`, null],
    ];
    for (const [image, version] of images)
      expect(found({ container: { image } }).version, image).to.equal(version);
    expect(found({ metadata: label("5.0"), container: { image: "shop:1" } }).version).to.equal("5.0");
    expect(found({ deploymentMetadata: label("6.0") }).version).to.equal("6.0");
    // Config would refuse it.
    expect(found({ metadata: label("release 7"), container: { image: "shop:7" } }).version).to.equal("7");
  });
});

describe("what files say of a Gateway", () => {
  const route = (spec: object, namespace?: string) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "shop", ...(namespace === undefined ? {} : { namespace }) },
    spec,
  });

  it("is the first that the route names, with its listener and hosts", () => {
    const parentRefs = [{ name: "public", namespace: "infra", sectionName: "https" }, { name: "inner" }];
    const hostnames = ["shop.example.com"];
    expect(found({ routes: [route({ parentRefs, hostnames })] }).gateway).to.deep.equal({
      name: "public",
      namespace: "infra",
      listener: "https",
      hostnames,
    });
  });

  it("is in the route's own namespace where it names none, and nothing without a route", () => {
    const spec = { parentRefs: [{ name: "public" }] };
    expect(found({ routes: [route(spec)] }).gateway).to.deep.include({ namespace: "live", hostnames: [] });
    expect(found({ routes: [route(spec, "shop")] }).gateway?.namespace).to.equal("shop");
    expect(found({}).gateway).to.equal(null);
    expect(found({ routes: [route({})] }).gateway).to.equal(null);
  });
});
