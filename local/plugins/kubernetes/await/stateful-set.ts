import type { ObjectEvent } from "../cluster/informers.ts";
import { generationOf, isOwnedBy, nameOf, number, text } from "../objects/objects.ts";
import type { Properties } from "../../protocol/values.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";
import { checkPod } from "./pod-check.ts";

/** How far a StatefulSet has come. */
export interface StatefulSetStatus {
  readonly replicasReady: boolean;
  readonly revisionReady: boolean;
  readonly current: number;
  readonly target: number;
  readonly currentRevision: string;
  readonly targetRevision: string;
}

/**
 * Reads the status of a StatefulSet; nothing is ready before its controller has seen this
 * generation.
 */
export function statefulSetStatus(set: Properties): StatefulSetStatus {
  const count = (key: string): number => number(set, "status", key) ?? 0;
  const target = number(set, "spec", "replicas") ?? 0;
  const [currentRevision, targetRevision] = [
    text(set, "status", "currentRevision"),
    text(set, "status", "updateRevision"),
  ];
  const observed = (number(set, "status", "observedGeneration") ?? 0) >= generationOf(set);
  const byHand = generationOf(set) > 1 && text(set, "spec", "updateStrategy", "type") === "OnDelete";
  const all = target === count("replicas") && target === count("readyReplicas");
  const revisionReady =
    observed && (byHand || (currentRevision !== "" && currentRevision === targetRevision));
  return {
    revisionReady,
    replicasReady: observed && all && (byHand || target === count("currentReplicas")),
    // During a roll-out the ready ones of the old revision do not count.
    current: revisionReady
      ? count("readyReplicas")
      : Math.min(count("readyReplicas"), count("updatedReplicas")),
    target,
    currentRevision,
    targetRevision,
  };
}

/** Waits until all pods of a StatefulSet are ready and of its newest revision. */
export function awaitStatefulSet(context: AwaitContext): Awaiter {
  let set = context.object;
  let seen = false;
  const pods = new Map<string, Properties>();
  const podProblems = (): string[] =>
    [...pods.values()]
      .filter((pod) => isOwnedBy(pod, set))
      .flatMap((pod) => checkPod(pod).messages)
      .filter(({ severity }) => severity === "warning")
      .map((message) => message.text);

  return {
    collections: ["statefulsets", "pods"],
    see(collection: Collection, { type, object }: ObjectEvent) {
      if (collection === "pods") {
        const uid = text(object, "metadata", "uid");
        if (type === "DELETED") pods.delete(uid);
        else pods.set(uid, object);
      } else if (nameOf(object) === nameOf(set) && type !== "DELETED") {
        if (generationOf(object) < generationOf(context.object)) return;
        set = object;
        seen = true;
      }
    },
    verdict(): Verdict {
      const { replicasReady, revisionReady, current, target } = statefulSetStatus(set);
      if (seen && replicasReady && revisionReady) {
        context.log("info", "✅ StatefulSet initialization complete");
        return { state: "ready", object: set };
      }
      const count = `(${current}/${target} Pods ready)`;
      if (generationOf(set) <= 1)
        context.log("info", `[1/2] Waiting for StatefulSet to create Pods ${count}`);
      else if (!replicasReady)
        context.log("info", `[1/3] Waiting for StatefulSet update to roll out ${count}`);
      else context.log("info", "[2/3] Waiting for StatefulSet to update .status.currentRevision");
      return WAITING;
    },
    problems() {
      const status = statefulSetStatus(set);
      const problems: string[] = [];
      if (!status.replicasReady) {
        problems.push(`${status.current} out of ${status.target} replicas succeeded readiness checks`);
      }
      if (!status.revisionReady) {
        problems.push(
          "StatefulSet controller failed to advance from revision " +
            `"${status.currentRevision}" to revision "${status.targetRevision}"`,
        );
      }
      return [...problems, ...podProblems()];
    },
    current: () => set,
    report() {
      for (const problem of podProblems()) context.log("warning", problem);
    },
  };
}
