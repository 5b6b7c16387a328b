import type { Endpoints } from "../../../protocol/jobs/probe-settings.ts";
import { selectorText } from "../../../protocol/labels.ts";
import { listPods } from "../../guard/list-pods.ts";
import { isReady } from "../../guard/pod.ts";
import type { ClusterApi } from "../../kubernetes/cluster-api.ts";
import type { EndpointSlice } from "../../kubernetes/cluster-objects.ts";
import { endpointSlices } from "../../kubernetes/endpoint-slices.ts";

type Service = Endpoints["services"][number];

/** Where a Service leads. */
export interface ServiceSight {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  /** Names of the pods to which it must lead. */
  readonly readyPods: readonly string[];
}

/** Looks at one Service and at the pods that belong behind it. */
export async function lookAt(
  service: Service,
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ServiceSight> {
  const [slices, pods] = await Promise.all([
    endpointSlices(service.name, namespace, api, signal),
    listPods(api, namespace, service.pods, signal),
  ]);
  return {
    service,
    slices,
    readyPods: pods.filter(isReady).map(({ metadata }) => metadata.name),
  };
}

/** What is wrong with where a Service leads; null where that is to the ready pods alone. */
export function misled({ service, slices, readyPods }: ServiceSight): string | null {
  const meant = `the ready pods of ${selectorText(service.pods)}`;
  if (readyPods.length === 0) return `there are none of ${meant}, which belong behind ${service.name}`;
  const wanted = new Set(readyPods);
  // A Service of two address families has slices of both, each naming every pod.
  const families = Map.groupBy(slices, ({ addressType }) => addressType);
  if (families.size === 0) return `the Service ${service.name} leads nowhere`;
  for (const family of families.values()) {
    const found = new Set(family.flatMap(leadsTo));
    const others = [...found].filter((name) => !wanted.has(name));
    if (others.length > 0)
      return `the Service ${service.name} leads to others than ${meant}: ${someOf(others)}`;
    const missing = readyPods.filter((name) => !found.has(name));
    if (missing.length > 0)
      return `the Service ${service.name} does not lead to all of ${meant}: ${someOf(missing)} missing`;
  }
  return null;
}

/**
 * Who gets new connections, by the pods' names: an address of nobody's is named itself. One that is
 * terminating gets none, unless the Service publishes those that are not ready.
 */
const leadsTo = ({ endpoints }: EndpointSlice): string[] =>
  endpoints
    .filter(({ conditions }) => conditions.ready !== false)
    .map(({ addresses, conditions, targetRef }) => {
      const name = targetRef?.kind === "Pod" && targetRef.name ? targetRef.name : addresses.join(" ");
      return conditions.terminating ? `${name}, which is terminating` : name;
    });

const SHOWN = 3;

const someOf = (names: readonly string[]): string =>
  names.length <= SHOWN
    ? names.join(", ")
    : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;
