import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { jobsAccount, workloadName } from "../../protocol/names.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import { verdictObject } from "../../release/verdict.ts";
import { meta, type Cluster } from "../cluster.ts";

/** What Jobs may do besides, where config asks for it. */
export interface JobsRights {
  /** To write the Deployment of a rolling update as it was before. */
  readonly mayPutBack: boolean;
  /** The HTTPRoutes of which the probe has to see whether a gateway has accepted them. */
  readonly routes: readonly string[];
}

/**
 * What the Jobs may do with the Kubernetes API: read the application's pods and the verdict, in
 * their own namespace, and nothing else unless config asks for it.
 */
export class JobsAccess extends pulumi.ComponentResource {
  readonly serviceAccount: string;
  readonly ready: pulumi.Resource[];

  constructor(name: string, cluster: Cluster, rights: JobsRights, opts: pulumi.ComponentResourceOptions) {
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
      { metadata, rules: rules(cluster, rights) },
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

const rules = (cluster: Cluster, { mayPutBack, routes }: JobsRights) => [
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["pods", "events"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [verdictObject(cluster.app)], verbs: ["get"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"] },
  ...(routes.length > 0 ? [readRoutes(routes)] : []),
  ...(mayPutBack ? [putBack(cluster)] : []),
];

function readRoutes(names: readonly string[]) {
  const { group, resource } = backendFor("gateway").object;
  return { apiGroups: [group], resources: [resource], resourceNames: [...names], verbs: ["get"] };
}

/**
 * For a rolling update that is put back after a failure: the right to write that one Deployment.
 */
const putBack = (cluster: Cluster) => ({
  apiGroups: ["apps"],
  resources: ["deployments"],
  resourceNames: [workloadName(cluster.app, "rolling")],
  verbs: ["patch"],
});
