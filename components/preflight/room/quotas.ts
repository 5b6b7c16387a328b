import { z } from "zod";
import type { Finding } from "../../../manifests/kube-object.ts";
import { quantity, quantityText } from "../../../protocol/kubernetes/quantity.ts";
import type { PlannedPods } from "../planned.ts";
import { podResources, type PodShape } from "./pod-resources.ts";

const amounts = z.record(z.string(), z.string()).default({});

const requirement = z.object({
  scopeName: z.string(),
  operator: z.string(),
  values: z.array(z.string()).default([]),
});

/** A ResourceQuota as the API server returns it. */
export const resourceQuota = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z
    .object({
      hard: amounts,
      scopes: z.array(z.string()).default([]),
      scopeSelector: z.object({ matchExpressions: z.array(requirement).default([]) }).optional(),
    })
    .default({ hard: {}, scopes: [] }),
  status: z.object({ used: amounts }).default({ used: {} }),
});
export type ResourceQuota = z.infer<typeof resourceQuota>;

/** Pods that are to be made, as the cluster would complete their template. */
export interface NewPods {
  readonly pods: PlannedPods;
  /** How many of them are not there yet. */
  readonly missing: number;
  readonly shape: PodShape;
}

/** An object that is to be made, by its kind. */
export interface NewObject {
  /** API group; empty for the core's. */
  readonly group: string;
  /** Its kind's name in paths. */
  readonly resource: string;
}

/** A quota that is too small. */
export interface QuotaFinding extends Finding {
  readonly quota: string;
}

/** Core kinds that quotas also count by their plain names. */
const PLAIN_COUNTS: readonly string[] = ["configmaps", "persistentvolumeclaims", "secrets", "services"];

/**
 * What the ResourceQuotas of the namespace leave no room for, once all these pods and objects are
 * there together.
 */
export const quotaFindings = (
  quotas: readonly ResourceQuota[],
  pods: readonly NewPods[],
  objects: readonly NewObject[],
): QuotaFinding[] => quotas.flatMap((quota) => findingsOf(quota, pods, objects));

function findingsOf(
  quota: ResourceQuota,
  pods: readonly NewPods[],
  objects: readonly NewObject[],
): QuotaFinding[] {
  const { metadata, spec, status } = quota;
  const counted = pods.filter(({ shape }) => isCounted(quota, shape));
  const isOfPods = spec.scopes.length > 0 || spec.scopeSelector !== undefined;
  const usages = [
    ...counted.map(({ missing, shape }) => times(podUsage(shape), missing)),
    // A scope is about pods: such a quota counts nothing else.
    ...(isOfPods ? [] : objects.map(objectUsage)),
  ];
  const short = Object.entries(spec.hard).flatMap(([resource, text]) => {
    const hard = quantity(text);
    const used = quantity(status.used[resource] ?? "0");
    const needed = usages.reduce((sum, usage) => sum + (usage[resource] ?? 0), 0);
    // What was added up may differ by a rounding error.
    if (needed === 0 || used + needed <= hard * (1 + 1e-9)) return [];
    const [is, more, of] = [used, needed, hard].map((value) => quantityText(resource, value));
    return [`${resource} (${is} of ${of} in use, ${more} more needed)`];
  });
  if (short.length === 0) return [];
  const whose = counted.map(({ pods, missing }) => `${missing} of ${pods.title}`).join(", ");
  return [
    {
      quota: metadata.name,
      source: null,
      text: `ResourceQuota/${metadata.name} has no room left for this release: ${short.join(", ")}${whose === "" ? "" : `; pods to come: ${whose}`}`,
      advice:
        "Raise the quota, take fewer pods (zero-downtime:replicas) or smaller requests and limits: a release has both versions at full size for a while",
    },
  ];
}

/** What a quota counts a pod as, by the names that quotas have for it. */
function podUsage(shape: PodShape): Readonly<Record<string, number>> {
  const { requests, limits } = podResources(shape);
  return {
    pods: 1,
    "count/pods": 1,
    ...requests,
    ...prefixed("requests", requests),
    ...prefixed("limits", limits),
  };
}

const prefixed = (prefix: string, of: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(of).map(([resource, value]) => [`${prefix}.${resource}`, value]));

const times = (usage: Readonly<Record<string, number>>, count: number): Record<string, number> =>
  Object.fromEntries(Object.entries(usage).map(([resource, value]) => [resource, value * count]));

function objectUsage({ group, resource }: NewObject): Readonly<Record<string, number>> {
  return {
    [`count/${resource}${group === "" ? "" : `.${group}`}`]: 1,
    ...(group === "" && PLAIN_COUNTS.includes(resource) ? { [resource]: 1 } : {}),
  };
}

/** Whether a quota counts such a pod at all. */
const isCounted = ({ spec }: ResourceQuota, shape: PodShape): boolean =>
  [
    ...spec.scopes.map((scopeName) => ({ scopeName, operator: "Exists", values: [] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ].every((each) => isInScope(each, shape));

function isInScope({ scopeName, operator, values }: z.infer<typeof requirement>, shape: PodShape): boolean {
  switch (scopeName) {
    case "Terminating":
      return shape.spec.activeDeadlineSeconds !== undefined;
    case "NotTerminating":
      return shape.spec.activeDeadlineSeconds === undefined;
    case "BestEffort":
      return isBestEffort(shape);
    case "NotBestEffort":
      return !isBestEffort(shape);
    case "PriorityClass":
      return matches(operator, values, shape.spec.priorityClassName);
    default:
      // Of a scope that is not known here nobody can say whom it is about; a wrong refusal would
      // keep a release from going on.
      return false;
  }
}

function matches(operator: string, values: readonly string[], value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "DoesNotExist":
      return value === undefined;
    default:
      return value !== undefined;
  }
}

/** No container says anything about CPU or memory. */
const isBestEffort = ({ spec }: PodShape): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].every(({ resources }) =>
    ["cpu", "memory"].every(
      (resource) => !(resource in (resources?.requests ?? {})) && !(resource in (resources?.limits ?? {})),
    ),
  );
