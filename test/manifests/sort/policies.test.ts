import { expect } from "chai";
import { workloadService } from "../../../protocol/traffic/entrance.ts";
import { deployment, documents, service, shop, sortNotes } from "../../support/manifests/sorted-files.ts";

const policy = (spec: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shop}\nspec: ${spec}\n`;

describe("a NetworkPolicy around the web pods", () => {
  const notes = (spec: string) => sortNotes(documents(shop(), policy(spec)));
  const pods = "podSelector: {matchLabels: {app: shop}}";

  it("is told of where it does not admit the release's own pods, with what to add", async () => {
    expect(
      await notes(`{${pods}, ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}]}]}`),
    ).to.deep.equal([
      "deploy/app.yaml:27: NetworkPolicy/shop does not admit the pods by which a release tests Deployment/shop. Add to its ingress: `- from: [{ podSelector: { matchLabels: { zero-downtime/app: shop } } }]`",
    ]);
    expect(await notes("{podSelector: {}, policyTypes: [Ingress]}")).to.have.length(1);
    expect(await notes(`{${pods}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}`)).to.have.length(1);
    expect(
      await notes(`{${pods}, ingress: [{from: [{namespaceSelector: {matchLabels: {name: gateways}}}]}]}`),
    ).to.have.length(1);
  });

  it("is not where it admits them, or is about other pods or what they send", async () => {
    for (const spec of [
      `{${pods}, ingress: [{}]}`,
      `{${pods}, ingress: [{ports: [{port: 8080}]}]}`,
      `{${pods}, ingress: [{from: [{podSelector: {}}]}]}`,
      `{${pods}, ingress: [{from: [{namespaceSelector: {}}]}]}`,
      `{${pods}, ingress: [{from: [{podSelector: {matchLabels: {zero-downtime/app: shop}}}]}]}`,
      "{podSelector: {matchLabels: {app: queue}}, policyTypes: [Ingress]}",
      `{${pods}, policyTypes: [Egress]}`,
    ])
      expect(await notes(spec), spec).to.deep.equal([]);
  });
});

describe("an object of another tool", () => {
  const route =
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop}\nspec: {rules: [{backendRefs: [{name: shop, port: 80}]}]}";
  const tls =
    "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {name: shop}\nspec:\n  targetRefs: [{group: '', kind: Service, name: shop}]";

  it("that is for a Service is told of where routes lead past it", async () => {
    expect(await sortNotes(documents(shop(), route, tls))).to.deep.equal([
      "deploy/app.yaml:33: BackendTLSPolicy/shop is for Service/shop, and routes lead past it to shop-blue and shop-green. Name these as well",
    ]);
    expect(await sortNotes(documents(shop(), tls))).to.deep.equal([]);
    const long = "s".repeat(63);
    const named = [route, tls].map((text) =>
      text.replace(/(backendRefs.*|Service, )name: shop/, `$1name: ${long}`),
    );
    expect(
      (await sortNotes(documents(deployment(), service(long, "", "{ app: shop }"), ...named)))[0],
    ).to.include(
      `routes lead past it to ${workloadService(long, "blue")} and ${workloadService(long, "green")}.`,
    );
  });

  it("that is for the Deployment is told of, as it has other names", async () => {
    const scaler =
      "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: shop}\nspec:\n  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}";
    expect(await sortNotes(documents(shop(), scaler))).to.deep.equal([
      "deploy/app.yaml:28: VerticalPodAutoscaler/shop is for Deployment/shop, which a release makes as shop-blue and shop-green. Name these",
    ]);
  });
});
