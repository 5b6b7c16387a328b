import { annotation, at, generationOf, isOwnedBy, maps, nameOf, number, text } from "../objects/objects.ts";
import type { ObjectEvent } from "../cluster/informers.ts";
import { isProperties, type Properties } from "../../protocol/values.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";
import { checkPod, type Message } from "./pod-check.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** What is known of a Deployment and of what belongs to it. */
export interface DeploymentView {
  readonly deployment: Properties;
  readonly replicaSet: Properties | undefined;
  readonly claims: readonly Properties[];
}

/** How far a Deployment has come. */
export interface DeploymentStatus {
  readonly observed: boolean;
  readonly firstRevision: boolean;
  readonly available: boolean;
  readonly progressed: boolean;
  readonly rolledOut: boolean;
  readonly unbound: readonly string[];
  readonly readyReplicas: number;
  readonly replicas: number;
  /** What the Deployment's own conditions complain of. */
  readonly complaints: readonly string[];
}

/** Reads the status of a Deployment off its objects. */
export function deploymentStatus({ deployment, replicaSet, claims }: DeploymentView): DeploymentStatus {
  const conditions = maps(deployment, "status", "conditions");
  const progressing = conditions.find((condition) => condition["type"] === "Progressing");
  const available = conditions.find((condition) => condition["type"] === "Available");
  const replicas = number(replicaSet, "spec", "replicas") ?? 1;
  const ready = number(replicaSet, "status", "readyReplicas");
  return {
    observed: number(deployment, "status", "observedGeneration") === generationOf(deployment),
    firstRevision: annotation(deployment, REVISION) === "1",
    available: available?.["status"] === "True",
    progressed: progressing?.["status"] === "True" && progressing["reason"] === "NewReplicaSetAvailable",
    rolledOut: replicaSet !== undefined && (ready === undefined ? replicas === 0 : ready >= replicas),
    unbound: claims.filter((claim) => text(claim, "status", "phase") !== "Bound").map(nameOf),
    readyReplicas: ready ?? 0,
    replicas,
    complaints: [progressing, available]
      .filter((condition) => condition !== undefined && condition["status"] !== "True")
      .map((condition) => `[${text(condition, "reason")}] ${text(condition, "message")}`),
  };
}

/** True when nothing is left to wait for. */
export function isDeploymentReady(status: DeploymentStatus): boolean {
  const { observed, firstRevision, available, progressed, rolledOut, unbound } = status;
  return observed && available && rolledOut && (firstRevision || progressed) && unbound.length === 0;
}

/**
 * Waits until the newest ReplicaSet has all its pods ready and the Deployment says that
 * it is available.
 */
export function awaitDeployment(context: AwaitContext): Awaiter {
  let deployment = context.object;
  const replicaSets = new Map<string, Properties>();
  const pods = new Map<string, Properties>();
  const claims = new Map<string, Properties>();

  const newest = (): Properties | undefined => {
    const revision = annotation(deployment, REVISION);
    return revision === ""
      ? undefined
      : [...replicaSets.values()].find((set) => annotation(set, REVISION) === revision);
  };
  const status = (): DeploymentStatus =>
    deploymentStatus({
      deployment,
      replicaSet: newest(),
      claims: [...claims.values()].filter((claim) => claimNames(deployment).has(nameOf(claim))),
    });
  const podMessages = (): Message[] =>
    [...pods.values()]
      .filter((pod) => isOwnedBy(pod, newest()))
      .flatMap((pod) => checkPod(pod).messages)
      .filter(({ severity }) => severity !== "info");

  return {
    collections: ["deployments", "replicasets", "pods", "persistentvolumeclaims"],
    see(collection: Collection, { type, object }: ObjectEvent) {
      if (collection === "deployments") {
        const stale = generationOf(object) < generationOf(context.object);
        if (nameOf(object) === nameOf(deployment) && type !== "DELETED" && !stale) deployment = object;
        return;
      }
      if (collection === "replicasets" && !isOwnedBy(object, context.object)) return;
      const map = { replicasets: replicaSets, pods, persistentvolumeclaims: claims }[String(collection)];
      const uid = text(object, "metadata", "uid");
      if (type === "DELETED") map?.delete(uid);
      else map?.set(uid, object);
    },
    verdict(): Verdict {
      const now = status();
      if (isDeploymentReady(now)) {
        if (now.replicas === 0)
          context.log("warning", `Replicas scaled to 0 for Deployment "${nameOf(deployment)}"`);
        context.log("info", "✅ Deployment initialization complete");
        return { state: "ready", object: deployment };
      }
      for (const complaint of now.complaints) context.log("warning", complaint);
      if (newest() !== undefined && !now.rolledOut) {
        const pods = `${now.readyReplicas}/${now.replicas} Pods available`;
        context.log("info", `Waiting for app ReplicaSet to be available (${pods})`);
      }
      return WAITING;
    },
    problems: () => [...deploymentProblems(status()), ...podMessages().map((message) => message.text)],
    current: () => deployment,
    report() {
      for (const message of podMessages()) context.log(message.severity, message.text);
    },
  };
}

/** What keeps a Deployment from being ready, in the official provider's words. */
export function deploymentProblems(status: DeploymentStatus): string[] {
  const problems = [...status.complaints];
  if (status.unbound.length > 0) {
    problems.push(`Failed to bind PersistentVolumeClaim(s): "${status.unbound.join(",")}"`);
  }
  if (!status.available) problems.push("Minimum number of live Pods was not attained");
  else if (status.firstRevision ? !status.rolledOut : !status.progressed) {
    problems.push("Minimum number of Pods to consider the application live was not attained");
  } else if (!status.rolledOut) {
    problems.push(
      "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
    );
  }
  return problems;
}

function claimNames(deployment: Properties): Set<string> {
  const volumes = maps(deployment, "spec", "template", "spec", "volumes");
  const claims = volumes.map((volume) => at(volume, "persistentVolumeClaim")).filter(isProperties);
  return new Set(claims.map((claim) => text(claim, "claimName")));
}
