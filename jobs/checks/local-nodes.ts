import type { Pod } from "../kubernetes/cluster-objects.ts";
import { isReady } from "./readiness.ts";

/**
 * Nodes on which pods serve now and no pod of the next version is ready. A Service with
 * `externalTrafficPolicy: Local` hands a request only to pods of the node that it has reached: what
 * comes to such a node would be lost as soon as the traffic moves.
 *
 * @param serving pods that have the traffic
 * @param next pods that are about to get it
 */
export function nodesLeftAlone(serving: readonly Pod[], next: readonly Pod[]): string[] {
  const covered = new Set(nodesOf(next));
  return [...new Set(nodesOf(serving))].filter((node) => !covered.has(node)).sort();
}

/** A pod that ends is still ready for a while, but gets nothing new. */
const nodesOf = (pods: readonly Pod[]): string[] =>
  pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod))
    .flatMap(({ spec: { nodeName } }) => (nodeName === undefined ? [] : [nodeName]));
