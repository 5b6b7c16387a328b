import { z } from "zod";
import type { Finding } from "../../../manifests/kube-object.ts";
import { quantity, quantityText } from "../../../protocol/kubernetes/quantity.ts";
import { podResources, type PodShape } from "./pod-resources.ts";
import type { NewPods } from "./quotas.ts";

const taint = z.object({ key: z.string(), value: z.string().default(""), effect: z.string() });

/** A node as the API server returns it. */
export const node = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z
    .object({ unschedulable: z.boolean().default(false), taints: z.array(taint).default([]) })
    .default({ unschedulable: false, taints: [] }),
  status: z.object({
    allocatable: z.record(z.string(), z.string()).default({}),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }),
});
export type Node = z.infer<typeof node>;

/** Nodes, and what is taken of them. */
export interface NodeRoom {
  readonly nodes: readonly Node[];
  /** What the pods on each node request together, by the node's name. */
  readonly requested: ReadonlyMap<string, Amounts>;
}

type Amounts = Readonly<Record<string, number>>;

/** Adds a pod to what is requested on its node. */
export function withPod(requested: Map<string, Amounts>, on: string, pod: PodShape): void {
  const before = requested.get(on) ?? {};
  const { requests } = podResources(pod);
  const after: Record<string, number> = { ...before, pods: (before["pods"] ?? 0) + 1 };
  for (const [resource, value] of Object.entries(requests)) after[resource] = (before[resource] ?? 0) + value;
  requested.set(on, after);
}

/** How the scheduler is told where pods may run, as far as it is asked about here. */
const placement = z.object({
  spec: z.object({
    nodeSelector: z.record(z.string(), z.string()).default({}),
    tolerations: z
      .array(
        z.object({
          key: z.string().default(""),
          operator: z.string().default("Equal"),
          value: z.string().default(""),
          effect: z.string().default(""),
        }),
      )
      .default([]),
  }),
});
type Placement = z.infer<typeof placement>["spec"];

/**
 * Pods for which the nodes, as they are now, have no room. Only a warning: a node may be added, and
 * the scheduler knows more rules than these.
 */
export function nodeFindings({ nodes, requested }: NodeRoom, pods: readonly NewPods[]): Finding[] {
  return pods.flatMap(({ pods: planned, missing, shape }) => {
    const { spec } = placement.parse(planned.template);
    const { requests } = podResources(shape);
    const needed = { ...requests, pods: 1 };
    const room = nodes
      .filter((each) => isOpen(each, spec))
      .reduce((sum, each) => sum + fitting(each, requested.get(each.metadata.name) ?? {}, needed), 0);
    if (room >= missing) return [];
    const each = Object.entries(requests).map(
      ([resource, value]) => `${resource} ${quantityText(resource, value)}`,
    );
    return [
      {
        source: null,
        text: `The nodes have room for ${room} of the ${missing} pods to come of ${planned.title}, each of which requests ${each.join(", ") || "nothing"}`,
        advice: "Unless a node is added, the others stay pending, and the stage that needs them fails",
      },
    ];
  });
}

/** How many pods still fit on a node. */
function fitting({ status }: Node, used: Amounts, needed: Amounts): number {
  const fits = Object.entries(needed)
    .filter(([, value]) => value > 0)
    .map(([resource, value]) => {
      const free = quantity(status.allocatable[resource] ?? "0") - (used[resource] ?? 0);
      return Math.floor(free / value + 1e-9);
    });
  return Math.max(0, Math.min(...fits));
}

const isOpen = ({ metadata, spec, status }: Node, { nodeSelector, tolerations }: Placement): boolean =>
  !spec.unschedulable &&
  status.conditions.every(({ type, status: is }) => type !== "Ready" || is === "True") &&
  Object.entries(nodeSelector).every(([key, value]) => metadata.labels[key] === value) &&
  spec.taints.every(
    (each) =>
      each.effect === "PreferNoSchedule" || tolerations.some((toleration) => tolerates(toleration, each)),
  );

const tolerates = (
  { key, operator, value, effect }: Placement["tolerations"][number],
  against: z.infer<typeof taint>,
): boolean =>
  (key === against.key || (key === "" && operator === "Exists")) &&
  (operator === "Exists" || value === against.value) &&
  (effect === "" || effect === against.effect);
