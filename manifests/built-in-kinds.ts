import type { KubeObject } from "./kube-object.ts";

/** What every cluster serves: kinds by apiVersion, those of namespaces and those of the cluster. */
const SERVED: Readonly<Record<string, { readonly inNamespace: string; readonly inCluster?: string }>> = {
  v1: {
    inNamespace:
      "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
    inCluster: "ComponentStatus Namespace Node PersistentVolume",
  },
  "apps/v1": { inNamespace: "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet" },
  "autoscaling/v1": { inNamespace: "HorizontalPodAutoscaler" },
  "autoscaling/v2": { inNamespace: "HorizontalPodAutoscaler" },
  "batch/v1": { inNamespace: "CronJob Job" },
  "policy/v1": { inNamespace: "PodDisruptionBudget" },
  "networking.k8s.io/v1": { inNamespace: "Ingress NetworkPolicy", inCluster: "IngressClass" },
  "rbac.authorization.k8s.io/v1": {
    inNamespace: "Role RoleBinding",
    inCluster: "ClusterRole ClusterRoleBinding",
  },
  "storage.k8s.io/v1": {
    inNamespace: "CSIStorageCapacity",
    inCluster: "CSIDriver CSINode StorageClass VolumeAttachment",
  },
  "coordination.k8s.io/v1": { inNamespace: "Lease" },
  "discovery.k8s.io/v1": { inNamespace: "EndpointSlice" },
  "events.k8s.io/v1": { inNamespace: "Event" },
  "scheduling.k8s.io/v1": { inNamespace: "", inCluster: "PriorityClass" },
  "node.k8s.io/v1": { inNamespace: "", inCluster: "RuntimeClass" },
  "certificates.k8s.io/v1": { inNamespace: "", inCluster: "CertificateSigningRequest" },
  "apiextensions.k8s.io/v1": { inNamespace: "", inCluster: "CustomResourceDefinition" },
  "apiregistration.k8s.io/v1": { inNamespace: "", inCluster: "APIService" },
  "admissionregistration.k8s.io/v1": {
    inNamespace: "",
    inCluster:
      "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
  },
};

/** A kind that Kubernetes itself has. */
export interface BuiltInKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: "namespace" | "cluster";
}

/** All of them. */
export const BUILT_IN_KINDS: readonly BuiltInKind[] = Object.entries(SERVED).flatMap(
  ([apiVersion, { inNamespace, inCluster = "" }]) => [
    ...kinds(inNamespace).map((kind) => ({ apiVersion, kind, scope: "namespace" as const })),
    ...kinds(inCluster).map((kind) => ({ apiVersion, kind, scope: "cluster" as const })),
  ],
);

function kinds(list: string): string[] {
  return list.split(" ").filter((kind) => kind !== "");
}

const byName = new Map(BUILT_IN_KINDS.map((one) => [`${one.apiVersion} ${one.kind}`, one]));

/** The built-in kind of an object; undefined where it is none. */
export const builtInKind = ({
  apiVersion,
  kind,
}: Pick<KubeObject, "apiVersion" | "kind">): BuiltInKind | undefined => byName.get(`${apiVersion} ${kind}`);

/** Whether an object is of a kind of Kubernetes itself, not of another with its name. */
export const isKind = (object: Pick<KubeObject, "apiVersion" | "kind">, kind: string): boolean =>
  object.kind === kind && builtInKind(object) !== undefined;

/** The group of an apiVersion; that of Kubernetes' first objects is empty. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

const GROUPS = new Set([...Object.keys(SERVED).map(groupOf), "extensions"]);

/** Whether a group is Kubernetes' own, so that a kind it does not have is no kind at all. */
export const isOwnGroup = (group: string): boolean => GROUPS.has(group);

/** The apiVersions of a group of Kubernetes' own. */
export const apiVersionsOf = (group: string): readonly string[] =>
  Object.keys(SERVED).filter((apiVersion) => groupOf(apiVersion) === group);

/** Namespaced kinds of others whose names begin like those of the cluster. */
const NAMESPACED = new Set(["ClusterServiceVersion"]);
/** Kinds of others that belong to the cluster; most say it in their names. */
const CLUSTER_WIDE = new Set([
  "GatewayClass",
  "NodePool",
  "EC2NodeClass",
  "ProviderConfig",
  "SecurityContextConstraints",
]);

/** Whether an object is of no namespace, as far as its kind tells. */
export const isClusterWide = (object: Pick<KubeObject, "apiVersion" | "kind">): boolean => {
  const { kind } = object;
  const known = builtInKind(object);
  if (known) return known.scope === "cluster";
  return CLUSTER_WIDE.has(kind) || (/^Cluster[A-Z]/.test(kind) && !NAMESPACED.has(kind));
};
