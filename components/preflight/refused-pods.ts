import type { Finding } from "../../manifests/kube-object.ts";
import { isJsonObject, type JsonObject } from "../../release/release.ts";
import { fieldPath } from "./field-path.ts";
import { sourceIn, type PlannedObject, type PlannedPods } from "./planned.ts";
import { podShape, type PodShape } from "./room/pod-resources.ts";
import type { TrialFindings } from "./refused-writes.ts";
import { isInconclusive, isWithoutRight, type Trial } from "./cluster/trial.ts";

/** Pods that will be made, and what the API server says of one of them beforehand. */
export interface TriedPods {
  readonly pods: PlannedPods;
  readonly trial: Trial;
}

/**
 * A pod of a template, to be tried. A Deployment is accepted whatever its pods are: what Pod
 * Security, limits, quotas and policies have to say of them shows at the pods alone.
 *
 * @param objects of the stage: a ServiceAccount among them need not be there yet
 */
export function podOf(
  { template }: PlannedPods,
  objects: readonly PlannedObject[],
  namespace: string,
): JsonObject {
  const { serviceAccountName, ...spec } = template.spec;
  const isToCome = objects.some(({ kind, name }) => kind === "ServiceAccount" && name === serviceAccountName);
  const metadata = isJsonObject(template["metadata"]) ? template["metadata"] : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, generateName: "zero-downtime-trial-", namespace },
    spec: {
      ...spec,
      ...(serviceAccountName === undefined || isToCome ? {} : { serviceAccountName }),
    },
  };
}

/**
 * What the cluster would refuse of these pods.
 *
 * @param quotas that are too small for all pods together, as is told already
 */
export function podFindings(tried: readonly TriedPods[], quotas: readonly string[]): TrialFindings {
  const isSilent = ({ isExample = false }: PlannedPods, { status, message }: Trial) =>
    status < 300 ||
    (isExample && OF_IMAGES.test(message)) ||
    quotas.some((quota) => message.includes(`exceeded quota: ${quota},`));
  const unasked = tried.filter(({ trial }) => isInconclusive(trial) || isWithoutRight(trial));
  const told = tried.filter(({ trial }) => !isInconclusive(trial) && !isWithoutRight(trial));
  return {
    refusals: told.flatMap(({ pods, trial }) => (isSilent(pods, trial) ? [] : refused(pods, trial))),
    warnings: told.flatMap(({ pods, trial }) =>
      trial.warnings.map((text) => ({
        source: sourceIn(pods, []),
        text: `Pods of ${pods.title}: the API server warns that ${text}`,
        advice: "",
      })),
    ),
    unasked: unasked.map(({ pods, trial }) => ({
      what: `pods of ${pods.title}`,
      why: trial.message,
      isForbidden: isWithoutRight(trial),
    })),
  };
}

/** Policies, most of which are about images. */
const OF_IMAGES = /admission webhook|AdmissionPolicy|image policy/;

function refused(pods: PlannedPods, { message, causes, absent }: Trial): Finding[] {
  const text = (why: string) =>
    `The cluster would refuse the pods of ${pods.title}: ${why.replace(/\.$/, "")}`;
  const security = /violates PodSecurity "([^"]+)": (.*)$/s.exec(message);
  if (security) {
    const [, level = "", why = ""] = security;
    return [
      {
        source: sourceIn(pods, ["spec"]),
        text: text(`the namespace enforces Pod Security ${level}, and ${why}`),
        advice:
          "Set these fields in the pod template, or relax the namespace's pod-security.kubernetes.io/enforce",
      },
    ];
  }
  if (absent === "namespaces") return [];
  const silent = /failed quota: ([^:]+): (must specify .*)$/s.exec(message);
  if (silent) {
    const [, quota = "", why = ""] = silent;
    return [
      {
        source: sourceIn(pods, ["spec", "containers"]),
        text: text(`ResourceQuota/${quota} asks that they ${why}`),
        advice: "Set the resources there, or give the namespace a LimitRange with defaults",
      },
    ];
  }
  if (causes.length > 0)
    return causes.map(({ field, message: why }) => ({
      source: sourceIn(pods, fieldPath(field, pods.template)),
      text: text(`${field}: ${why}`),
      advice: "",
    }));
  return [{ source: sourceIn(pods, []), text: text(reasonIn(message)), advice: "" }];
}

/** Without the made-up name of the pod that was tried. */
const reasonIn = (message: string): string => message.replace(/^pods "[^"]*" is forbidden: /, "");

/**
 * What counts of a pod: as the cluster would complete it, with the defaults of a LimitRange and the
 * containers that others add; where it did not say, as the template has it.
 */
export function shapeOf({
  pods,
  trial,
}: {
  readonly pods: PlannedPods;
  readonly trial: Trial | null;
}): PodShape {
  const completed = podShape.safeParse(trial?.body);
  return completed.success ? completed.data : podShape.parse(pods.template);
}
