import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { jobsAccount, workloadName } from "../../protocol/names.ts";
import { verdictObject } from "../../release/verdict.ts";
import { meta, type Cluster } from "../cluster.ts";

/**
 * What the Jobs may do with the Kubernetes API: read the application's pods and the verdict, in
 * their own namespace, and nothing else unless config asks for it.
 */
export class JobsAccess extends pulumi.ComponentResource {
  readonly serviceAccount: string;
  readonly ready: pulumi.Resource[];

  constructor(name: string, cluster: Cluster, mayPutBack: boolean, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:JobsAccess", name, {}, opts);
    const child = {
      parent: this,
      provider: cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    const accountName = jobsAccount(cluster.app);
    const metadata = meta(cluster, accountName);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const role = new k8s.rbac.v1.Role(
      name,
      { metadata, rules: mayPutBack ? [...rules(cluster), putBack(cluster)] : rules(cluster) },
      { ...child, dependsOn: account },
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: accountName },
        subjects: [{ kind: "ServiceAccount", name: accountName, namespace: cluster.namespace }],
      },
      { ...child, dependsOn: role },
    );
    this.serviceAccount = accountName;
    this.ready = [account, role, binding];
    this.registerOutputs({});
  }
}

const rules = (cluster: Cluster) => [
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["pods", "events"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [verdictObject(cluster.app)], verbs: ["get"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"] },
];

/**
 * For a rolling update that is put back after a failure: the right to write that one Deployment.
 */
const putBack = (cluster: Cluster) => ({
  apiGroups: ["apps"],
  resources: ["deployments"],
  resourceNames: [workloadName(cluster.app, "rolling")],
  verbs: ["patch"],
});
