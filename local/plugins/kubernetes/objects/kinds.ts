// What is known of Kubernetes' own kinds without asking a cluster.
import { isTrue, SKIP_AWAIT } from "./annotations.ts";
import { gvkOfUrn, type GroupVersionKind } from "./objects.ts";
import { parseUrn } from "../../protocol/urn.ts";
import type { Properties } from "../../protocol/values.ts";

const OWN_GROUPS = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

const CLUSTER_WIDE = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "ComponentStatus",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "IPAddress",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "SelfSubjectAccessReview",
  "SelfSubjectReview",
  "SelfSubjectRulesReview",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersion",
  "SubjectAccessReview",
  "TokenReview",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

/** True for kinds of Kubernetes itself, false for custom resources. */
export function isOwnKind(gvk: GroupVersionKind): boolean {
  return OWN_GROUPS.has(gvk.group);
}

/** Whether a kind of Kubernetes itself lives in a namespace. */
export function isOwnKindNamespaced(gvk: GroupVersionKind): boolean {
  return !CLUSTER_WIDE.has(gvk.kind);
}

// Kinds that the official provider waits for in a way of its own which is not imitated here.
const NOT_AWAITED = new Set(["DaemonSet", "Ingress", "CustomResourceDefinition"]);

/** Why a resource cannot be had, or undefined when it can. */
export function refusal(urn: string, inputs: Properties): string | undefined {
  const { type } = parseUrn(urn);
  const gvk = gvkOfUrn(urn);
  if (isOwnKind(gvk) && gvk.kind.endsWith("List")) {
    return (
      "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created directly. " +
      "Use the underlying resource type instead"
    );
  }
  const patch = isOwnKind(gvk) && gvk.kind.endsWith("Patch");
  const tool = /^kubernetes:(helm\.sh|yaml|kustomize)\b/.test(type);
  if (patch || tool) {
    return `Cannot serve ${type} as this stand-in for the official kubernetes plugin does not imitate it. Install the official plugin to use it`;
  }
  if (isOwnKind(gvk) && NOT_AWAITED.has(gvk.kind) && !isTrue(inputs, SKIP_AWAIT)) {
    return (
      `Cannot wait for ${type} as this stand-in for the official kubernetes plugin does not imitate how that does. ` +
      `Set the annotation ${SKIP_AWAIT} to "true", or install the official plugin`
    );
  }
  return undefined;
}
