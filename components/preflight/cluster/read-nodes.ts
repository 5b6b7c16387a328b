import { z } from "zod";
import { node, withPod, type NodeRoom } from "../room/node-room.ts";
import { podShape } from "../room/pod-resources.ts";
import type { Answer } from "./answer.ts";
import { get, list, pageOf, type Send } from "./ask.ts";

/** With more nodes, their pods would take too long to read, and nodes come and go by themselves. */
const MOST_NODES = 20;

const onNode = z.object({ spec: podShape.shape.spec.extend({ nodeName: z.string().default("") }) });

const NOT_ENDED = new URLSearchParams({
  fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
}).toString();

/**
 * What the nodes have, and what the pods on them request; null where there are too many nodes, or
 * none, as each pod gets its own.
 */
export async function readNodes(send: Send): Promise<Answer<NodeRoom | null>> {
  const page = await get(send, {
    what: "the nodes",
    shape: pageOf(node),
    path: "/api/v1/nodes",
    query: `?limit=${MOST_NODES + 1}`,
  });
  if ("unasked" in page) return page;
  const nodes = page.value?.items ?? [];
  if (nodes.length === 0 || nodes.length > MOST_NODES) return { value: null };
  const pods = await list(send, {
    what: "the pods of all nodes",
    shape: onNode,
    path: "/api/v1/pods",
    query: `&${NOT_ENDED}`,
  });
  if ("unasked" in pods) return pods;
  const requested = new Map<string, Readonly<Record<string, number>>>();
  for (const pod of pods.value) if (pod.spec.nodeName !== "") withPod(requested, pod.spec.nodeName, pod);
  return { value: { nodes, requested } };
}
