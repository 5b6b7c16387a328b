import { expect } from "chai";
import { ownedMetadata, ownerOf } from "../../../components/preflight/owner.ts";

const owner = (metadata: object) => ownerOf(ownedMetadata.parse(metadata));
const managed = (...managers: string[]) => ({ managedFields: managers.map((manager) => ({ manager })) });

describe("who has an object", () => {
  it("is what tools have left in it", () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ annotations: { "meta.helm.sh/release-name": "web" } }, /^Helm \(release web\)$/],
      [{ labels: { "app.kubernetes.io/managed-by": "Helm" }, ...managed("helm") }, /^Helm$/],
      [
        { annotations: { "argocd.argoproj.io/tracking-id": "shop:/Service:shop/shop" } },
        /^Argo CD \(Application shop\)$/,
      ],
      [
        { labels: { "app.kubernetes.io/instance": "shop" }, ...managed("argocd-controller") },
        /^Argo CD \(Application shop\)$/,
      ],
      [managed("argocd-application-controller"), /^Argo CD$/],
      [{ labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } }, /^Flux \(Kustomization apps\)$/],
      [{ labels: { "helm.toolkit.fluxcd.io/name": "shop" } }, /^Flux \(HelmRelease shop\)$/],
      [
        { ownerReferences: [{ kind: "Shop", name: "a", controller: true }] },
        /^Shop\/a, which makes it again$/,
      ],
    ];
    for (const [metadata, who] of cases) {
      expect(owner(metadata).who).to.match(who);
      // It comes back otherwise, or is missed.
      expect(owner(metadata).first).to.not.equal("");
    }
  });

  it("is whoever wrote its fields, in words that people know", () => {
    const words = {
      "kubectl-client-side-apply": "kubectl apply",
      kubectl: "kubectl apply --server-side",
      "kubectl-create": "kubectl create",
      "kubectl-edit": "kubectl edit",
      helm: "Helm",
      "pulumi-kubernetes-1a2b3c4d": "another Pulumi program",
      "HashiCorp-Terraform": "Terraform",
      "shop-operator": "the field manager shop-operator",
    };
    for (const [manager, who] of Object.entries(words))
      expect(owner(managed(manager))).to.deep.equal({ who, first: "" });
    expect(owner(managed("kubectl-create", "kubectl-edit", "kubectl-create")).who).to.equal(
      "kubectl create and kubectl edit",
    );
  });

  it("is not whoever only keeps its status, and somebody where nobody has left a trace", () => {
    const status = { managedFields: [{ manager: "kube-controller-manager", subresource: "status" }] };
    expect(owner(status).who).to.equal("somebody else");
    expect(owner({}).who).to.equal("somebody else");
    expect(owner({ annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }).who).to.equal(
      "kubectl apply",
    );
  });
});
