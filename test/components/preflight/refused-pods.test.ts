import { expect } from "chai";
import { trialIn } from "../../../components/preflight/cluster/trial.ts";
import type { PlannedPods } from "../../../components/preflight/planned.ts";
import { podFindings, podOf, shapeOf } from "../../../components/preflight/refused-pods.ts";
import { describeFinding } from "../../../manifests/kube-object.ts";
import { failure } from "./api-server-double.ts";

const pods = (more: Partial<PlannedPods> = {}): PlannedPods => ({
  title: "Deployment/shop-green",
  count: 3,
  deployment: "shop-green",
  template: {
    metadata: { labels: { a: "b" } },
    spec: { serviceAccountName: "web", containers: [{ name: "app" }] },
  },
  sourceOf: (path) => ({ file: `a.yaml(${path.join("/")})`, line: 1 }),
  ...more,
});

function findings(
  status: number,
  message: string,
  more: Partial<PlannedPods> = {},
  quotas: readonly string[] = [],
) {
  const { body } = failure(status, `pods "zero-downtime-trial-x7k2p" is forbidden: ${message}`);
  return podFindings([{ pods: pods(more), trial: trialIn({ status, body: JSON.stringify(body) }) }], quotas);
}

const refused = (...args: Parameters<typeof findings>) => findings(...args).refusals.map(describeFinding);

describe("pods that the cluster would refuse", () => {
  it("are refused for the namespace's Pod Security, with the fields to set", () => {
    const why =
      'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)';
    expect(refused(403, `violates PodSecurity "restricted:v1.34": ${why}`)).to.deep.equal([
      `a.yaml(spec):1: The cluster would refuse the pods of Deployment/shop-green: the namespace enforces Pod Security restricted:v1.34, and ${why}. Set these fields in the pod template, or relax the namespace's pod-security.kubernetes.io/enforce`,
    ]);
  });

  it("are refused for what a quota wants every container to say", () => {
    expect(refused(403, "failed quota: compute: must specify limits.cpu for: app")).to.deep.equal([
      "a.yaml(spec/containers):1: The cluster would refuse the pods of Deployment/shop-green: ResourceQuota/compute asks that they must specify limits.cpu for: app. Set the resources there, or give the namespace a LimitRange with defaults",
    ]);
  });

  it("are refused for limits, a missing account or priority, and policies, without the name that was made up", () => {
    for (const why of [
      "maximum memory usage per Container is 512Mi, but limit is 1Gi",
      'error looking up service account shop/web: serviceaccount "web" not found',
      "no PriorityClass with name high was found",
      'admission webhook "images" denied the request: registry is not allowed',
    ])
      expect(refused(403, why)).to.deep.equal([
        `a.yaml():1: The cluster would refuse the pods of Deployment/shop-green: ${why}`,
      ]);
  });

  it("are not refused a second time for a quota that is too small for all of them", () => {
    const why = "exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4";
    expect(refused(403, why, {}, ["compute"])).to.deep.equal([]);
    expect(refused(403, why, {}, ["comp"])).to.have.length(1);
    expect(refused(403, why)).to.have.length(1);
  });

  it("are not refused for what a policy says of an image that stands for another", () => {
    const why = 'admission webhook "images" denied the request: no signature';
    expect(refused(403, why, { isExample: true })).to.deep.equal([]);
    expect(refused(403, 'violates PodSecurity "restricted:latest": x', { isExample: true })).to.have.length(
      1,
    );
  });

  it("are not refused where the login may not try them, or the cluster could not say", () => {
    const right = 'User "ci" cannot create resource "pods" in API group "" in the namespace "shop"';
    expect(findings(403, right)).to.deep.include({ refusals: [] });
    expect(findings(403, right).unasked).to.have.length(1);
    for (const why of ['admission webhook "old" does not support dry run', "status unknown for quota: new"]) {
      expect(findings(403, why).refusals).to.deep.equal([]);
      expect(findings(403, why).unasked[0]).to.deep.include({ isForbidden: false });
    }
  });

  it("are tried with the account that is there, and without one that the stage makes", () => {
    const account = { apiVersion: "v1", kind: "ServiceAccount", name: "web", object: null };
    const { spec, metadata } = podOf(pods(), [], "shop") as { spec: object; metadata: object };
    expect(spec).to.deep.include({ serviceAccountName: "web" });
    expect(metadata).to.deep.equal({
      labels: { a: "b" },
      generateName: "zero-downtime-trial-",
      namespace: "shop",
    });
    expect(podOf(pods(), [account], "shop")["spec"]).to.not.have.property("serviceAccountName");
  });

  it("count as their template has them where the cluster did not complete it", () => {
    const completed = { spec: { containers: [{ name: "app" }, { name: "injected" }] } };
    const body = JSON.stringify(completed);
    const names = (shape: ReturnType<typeof shapeOf>) => shape.spec.containers.map(({ name }) => name);
    expect(names(shapeOf({ pods: pods(), trial: trialIn({ status: 201, body }) }))).to.deep.equal([
      "app",
      "injected",
    ]);
    expect(names(shapeOf({ pods: pods(), trial: null }))).to.deep.equal(["app"]);
  });
});
