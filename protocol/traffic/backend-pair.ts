import { WORKLOADS, type Workload } from "../../release/workload.ts";
import { workloadService, type Followed } from "./entrance.ts";
import type { BackendRef } from "./route-shape.ts";

/** The Services that follow the traffic, by name. */
export type Services = readonly Pick<Followed, "name">[];

/**
 * Whether a reference of a route leads to a Service of the route's own namespace; one that states a
 * namespace leads to another.
 */
const isToService = ({ group, kind, namespace }: BackendRef): boolean =>
  group === "" && kind === "Service" && namespace === undefined;

/** Whether a reference, as the files have it, leads to a Service that follows the traffic. */
export const isFollowed = (ref: BackendRef, services: Services): boolean =>
  isToService(ref) && services.some(({ name }) => name === ref.name);

/**
 * The workload to whose Service a reference leads, as it stands in the cluster; null where it leads
 * elsewhere.
 */
export function workloadBehind(ref: BackendRef, services: Services): Workload | null {
  if (!isToService(ref)) return null;
  const isBehind = (workload: Workload) =>
    services.some(({ name }) => workloadService(name, workload) === ref.name);
  return WORKLOADS.find(isBehind) ?? null;
}
