import { z } from "zod";
import { workloadLabels } from "../labels.ts";
import { workloadName } from "../names.ts";
import { lastWriter, managedMetadata } from "../kubernetes/managed-fields.ts";
import { WORKLOADS, type Weights, type Workload } from "../../release/workload.ts";
import type { Destination, Routing } from "./backend.ts";
import { backendFor, type TrafficMode } from "./backends.ts";
import type { Shares } from "./shares.ts";

/** The public traffic as it is in the cluster. */
export interface LiveTraffic {
  readonly shares: Shares;
  /** The field manager that moved it last; null where the API server names none. */
  readonly writer: string | null;
}

/** Parses the object that says who gets the traffic, as the API server returns it. */
export function liveTraffic(mode: TrafficMode, destinations: readonly Destination[]): z.ZodType<LiveTraffic> {
  const { read, field } = backendFor(mode);
  return z
    .object({ metadata: managedMetadata, spec: read(destinations) })
    .transform(({ metadata, spec }) => ({ shares: spec, writer: lastWriter(metadata, field) }));
}

/** All destinations that an application's traffic may have. */
export const destinationsOf = (app: string): (Destination & { readonly workload: Workload })[] =>
  WORKLOADS.map((workload) => ({
    workload,
    service: workloadName(app, workload),
    labels: workloadLabels(app, workload),
  }));

/**
 * The traffic by workload instead of by Service; what is no workload of the application is left
 * out.
 */
export const weightsIn = (shares: Shares, app: string): Weights =>
  Object.fromEntries(
    destinationsOf(app).flatMap(({ workload, service }) => {
      const weight = shares[service];
      return weight === undefined ? [] : [[workload, weight]];
    }),
  );

/** The same in percent of all traffic, including that of others. */
export function percentIn(shares: Shares, app: string): Weights {
  const sum = Object.values(shares).reduce((total, weight) => total + weight, 0);
  const percent = (weight: number) => (sum === 0 ? 0 : Math.round((weight / sum) * 100));
  return Object.fromEntries(
    Object.entries(weightsIn(shares, app)).map(([workload, weight]) => [workload, percent(weight)]),
  );
}

/**
 * All traffic to one, without testers or users who stay elsewhere; the others remain with weight 0.
 */
export const allTo = (service: string, destinations: readonly Destination[]): Routing => ({
  destinations: destinations.map((each) => ({ ...each, weight: each.service === service ? 100 : 0 })),
  candidate: null,
  cookie: null,
});
