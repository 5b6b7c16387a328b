import { expect } from "chai";
import {
  quotaFindings,
  resourceQuota,
  type NewObject,
  type NewPods,
} from "../../../../components/preflight/room/quotas.ts";
import { podShape } from "../../../../components/preflight/room/pod-resources.ts";

const quota = (hard: object, used: object = {}, more: object = {}) =>
  resourceQuota.parse({ metadata: { name: "q" }, spec: { hard, ...more }, status: { used } });

const pods = (missing: number, resources: object = {}, more: object = {}): NewPods => {
  const template = { spec: { containers: [{ name: "app", resources }], ...more } };
  return {
    pods: { title: "Deployment/shop-green", count: missing, deployment: null, template: { spec: {} } },
    missing,
    shape: podShape.parse(template),
  };
};

const texts = (
  quotas: readonly ReturnType<typeof quota>[],
  of: readonly NewPods[] = [],
  objects: readonly NewObject[] = [],
) => quotaFindings(quotas, of, objects).map(({ text }) => text);

describe("room by quotas", () => {
  it("is enough up to the last pod, and not beyond", () => {
    const full = quota({ pods: "5", "requests.cpu": "1" }, { pods: "2", "requests.cpu": "700m" });
    expect(texts([full], [pods(3, { requests: { cpu: "100m" } })])).to.deep.equal([]);
    expect(texts([full], [pods(4, { requests: { cpu: "100m" } })])).to.deep.equal([
      "ResourceQuota/q has no room left for this release: pods (2 of 5 in use, 4 more needed), requests.cpu (700m of 1 in use, 400m more needed); pods to come: 4 of Deployment/shop-green",
    ]);
  });

  it("is for all pods together", () => {
    const full = quota({ pods: "5" }, { pods: "2" });
    expect(texts([full], [pods(2), pods(1)])).to.deep.equal([]);
    expect(texts([full], [pods(2), pods(2)])).to.have.length(1);
  });

  it("counts CPU and memory by all the names that quotas have for them, and what is not native by its own", () => {
    const resources = {
      requests: { cpu: "1", memory: "1Gi", "nvidia.com/gpu": "1" },
      limits: { cpu: "2", memory: "2Gi", "nvidia.com/gpu": "1" },
    };
    const names = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
    for (const name of [...names, "requests.nvidia.com/gpu", "count/pods"])
      expect(texts([quota({ [name]: "0" })], [pods(1, resources)]), name).to.have.length(1);
    expect(
      texts([quota({ "requests.storage": "0", "limits.ephemeral-storage": "0" })], [pods(1, resources)]),
    ).to.deep.equal([]);
  });

  it("is not asked for by pods that a quota's scope leaves out", () => {
    const scoped = (...scopes: string[]) => quota({ pods: "0" }, {}, { scopes });
    const burst = pods(1);
    const limited = pods(1, { requests: { cpu: "1" } });
    expect(texts([scoped("BestEffort")], [limited])).to.deep.equal([]);
    expect(texts([scoped("BestEffort")], [burst])).to.have.length(1);
    expect(texts([scoped("NotBestEffort")], [burst])).to.deep.equal([]);
    expect(texts([scoped("NotBestEffort", "NotTerminating")], [limited])).to.have.length(1);
    expect(texts([scoped("Terminating")], [limited])).to.deep.equal([]);
    expect(texts([scoped("Terminating")], [pods(1, {}, { activeDeadlineSeconds: 60 })])).to.have.length(1);
    // Nobody knows here whom it is about.
    expect(texts([scoped("OnTheMoon")], [limited])).to.deep.equal([]);
  });

  it("is asked for by the pods of a priority where a quota is about that", () => {
    const about = (operator: string, values: string[] = []) =>
      quota(
        { pods: "0" },
        {},
        { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] } },
      );
    const high = pods(1, {}, { priorityClassName: "high" });
    const count = (of: NewPods) => (each: ReturnType<typeof quota>) => texts([each], [of]).length;
    const quotas = [about("In", ["high"]), about("NotIn", ["high"]), about("Exists"), about("DoesNotExist")];
    expect(quotas.map(count(high))).to.deep.equal([1, 0, 1, 0]);
    expect(quotas.map(count(pods(1)))).to.deep.equal([0, 1, 0, 1]);
  });

  it("is counted by objects too, under both of a core kind's names, but not by a scope", () => {
    const objects = [
      { group: "", resource: "services" },
      { group: "apps", resource: "deployments" },
    ];
    for (const name of ["services", "count/services", "count/deployments.apps"])
      expect(texts([quota({ [name]: "1" }, { [name]: "1" })], [], objects), name).to.have.length(1);
    expect(
      texts([quota({ "count/services": "0" }, {}, { scopes: ["BestEffort"] })], [], objects),
    ).to.deep.equal([]);
  });

  it("does not run out by a rounding error", () => {
    const tenth = quota({ "requests.cpu": "300m" }, { "requests.cpu": "200m" });
    expect(texts([tenth], [pods(1, { requests: { cpu: "100m" } })])).to.deep.equal([]);
  });
});
