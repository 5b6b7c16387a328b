import { expect } from "chai";
import { collisionFindings } from "../../../components/preflight/collisions.ts";
import { ownedMetadata } from "../../../components/preflight/owner.ts";
import { describeFinding } from "../../../manifests/kube-object.ts";

const told = (kind: string, metadata: object, file?: string, name = "shop") =>
  collisionFindings(
    [
      {
        planned: {
          apiVersion: "v1",
          kind,
          name,
          object: null,
          ...(file === undefined ? {} : { sourceOf: () => ({ file, line: 7 }) }),
        },
        metadata: ownedMetadata.parse(metadata),
      },
    ],
    "live",
  ).map(describeFinding);

describe("an object of somebody else under a name of the release", () => {
  it("is named with its owner and what to do", () => {
    expect(told("Service", { managedFields: [{ manager: "kubectl-create" }] })).to.deep.equal([
      "Service/shop is there already in namespace live, and belongs to kubectl create. Delete it (kubectl delete Service/shop -n live), or choose another app.name",
    ]);
    expect(told("ConfigMap", { managedFields: [{ manager: "kubectl" }] }, "deploy/app.yaml")).to.deep.equal([
      "deploy/app.yaml:7: ConfigMap/shop is there already in namespace live, and belongs to kubectl apply --server-side. Delete it (kubectl delete ConfigMap/shop -n live), or give it another name in the file",
    ]);
  });

  it("is first taken from a tool that would make it again", () => {
    expect(told("Service", { labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } })[0]).to.match(
      /\. Take it out of that Kustomization, which makes it again otherwise, then delete it \(kubectl delete Service\/shop -n live\), or/,
    );
  });

  it("is waited for where it is being deleted", () => {
    expect(told("Service", { deletionTimestamp: "2026-01-01T00:00:00Z" })[0]).to.match(
      /\. It is being deleted: wait until it is gone$/,
    );
  });

  it("is none where Kubernetes itself has made it for people to complete", () => {
    const metadata = { managedFields: [{ manager: "kube-controller-manager" }] };
    expect(told("ServiceAccount", metadata, undefined, "default")).to.deep.equal([]);
    expect(told("ServiceAccount", metadata)).to.have.length(1);
  });

  it("is none where one of the release's own programs has written it, whoever else has", () => {
    const managers = ["kubectl-edit", "zero-downtime"].map((manager) => ({ manager }));
    expect(told("Service", { managedFields: managers })).to.deep.equal([]);
  });
});
