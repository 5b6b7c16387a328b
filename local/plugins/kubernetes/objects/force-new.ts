// Which changes make an object a new one, as the official provider has it.
import { gvkOf } from "./objects.ts";
import type { Settings } from "../cluster/settings.ts";
import { isProperties, type Properties, type Value } from "../../protocol/values.ts";

const IDENTITY = ["metadata.name", "metadata.namespace"];
const CONTAINER_FIELDS =
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext " +
  "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir";
const POD_FIELDS =
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork " +
  "hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName " +
  "readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName " +
  "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes";
const VOLUME_FIELDS =
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs " +
  "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume";

const spec = (fields: string): string[] => fields.split(" ").map((field) => `spec.${field}`);
const containers = (list: string): string[] =>
  CONTAINER_FIELDS.split(" ").map((field) => `spec.${list}.*.${field}`);

const FORCE_NEW: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/DaemonSet": ["spec.selector"],
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/StatefulSet": spec(
    "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates",
  ),
  "batch/v1/Job": spec("completions parallelism selector template"),
  "v1/PersistentVolume": spec(VOLUME_FIELDS),
  "v1/PersistentVolumeClaim": spec("accessModes selector storageClassName volumeName"),
  "v1/Pod": [...spec(POD_FIELDS), ...containers("containers"), ...containers("initContainers")],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
};

type Mutability = Pick<Settings, "enableConfigMapMutable" | "enableSecretMutable">;

/** The paths, `*` for any list element, whose change replaces the object. */
export function forceNewPaths(inputs: Properties, settings: Mutability): string[][] {
  const { group, version, kind } = gvkOf(inputs);
  const type = `${group === "" ? "" : `${group}/`}${version}/${kind}`;
  const immutable = inputs["immutable"] === true;
  let fields = FORCE_NEW[type] ?? [];
  if (type === "v1/Secret" && (!settings.enableSecretMutable || immutable))
    fields = ["type", "stringData", "data"];
  if (type === "v1/ConfigMap" && (!settings.enableConfigMapMutable || immutable))
    fields = ["binaryData", "data"];
  return [...IDENTITY, ...fields].map((path) => path.split("."));
}

/**
 * True when a change at `path` to `value` touches one of the paths: the path itself, below it, or
 * above it with it in the value.
 */
export function touches(
  path: readonly (string | number)[],
  value: Value | undefined,
  wanted: readonly string[],
): boolean {
  for (const [i, step] of wanted.entries()) {
    const part = path[i];
    if (part === undefined) return holds(value, wanted.slice(i));
    if (typeof part === "number" ? step !== "*" : step !== part) return false;
  }
  return true;
}

function holds(value: Value | undefined, steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  if (step === "*") return Array.isArray(value) && value.some((part) => holds(part, rest));
  return isProperties(value) && step in value && holds(value[step], rest);
}
