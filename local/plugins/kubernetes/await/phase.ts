// Kinds whose own status tells whether they are ready.
import { isDeepStrictEqual } from "node:util";
import type { ObjectEvent } from "../cluster/informers.ts";
import { at, nameOf, number, text } from "../objects/objects.ts";
import { isProperties, type Properties } from "../../protocol/values.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";

type IsReady = (object: Properties, last: Properties | undefined) => boolean;

const READY: Readonly<Record<string, IsReady>> = {
  "v1/PersistentVolume": (volume) => ["Available", "Bound"].includes(text(volume, "status", "phase")),
  "v1/ReplicationController": (controller) =>
    number(controller, "spec", "replicas") === number(controller, "status", "availableReplicas"),
  "v1/ResourceQuota": (quota) => {
    const hard = at(quota, "spec", "hard");
    return isProperties(hard) && isDeepStrictEqual(hard, at(quota, "status", "hard"));
  },
  "v1/Secret": (secret) => {
    if (text(secret, "type") !== "kubernetes.io/service-account-token") return true;
    const data = at(secret, "data");
    return isProperties(data) && Object.keys(data).length > 0;
  },
};

/** Waits until the object's own status says that it is ready. */
export function awaitPhase(kind: string): (context: AwaitContext) => Awaiter {
  return (context) => byStatus(context, READY[kind] ?? (() => true));
}

/**
 * Waits until a claim is bound, or pending when its storage class binds it at first use.
 * @param bindsAtFirstUse asked once the claim names its class
 */
export function awaitClaim(
  bindsAtFirstUse: (storageClass: string) => boolean,
): (context: AwaitContext) => Awaiter {
  return (context) =>
    byStatus(context, (claim, last) => {
      const phase = text(claim, "status", "phase");
      if (last !== undefined && phase === "Bound") return true;
      return phase === (bindsAtFirstUse(text(claim, "spec", "storageClassName")) ? "Pending" : "Bound");
    });
}

function byStatus(context: AwaitContext, isReady: IsReady): Awaiter {
  let object = context.object;
  return {
    collections: ["self"],
    see(_collection: Collection, event: ObjectEvent) {
      if (nameOf(event.object) === nameOf(object) && event.type !== "DELETED") object = event.object;
    },
    verdict: (): Verdict => (isReady(object, context.last) ? { state: "ready", object } : WAITING),
    problems: () => [],
    current: () => object,
  };
}
