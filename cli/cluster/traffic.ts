import { objectWith } from "../../protocol/kubernetes/object-kind.ts";
import { workloadName } from "../../protocol/names.ts";
import { backendFor, type TrafficMode } from "../../protocol/traffic/backends.ts";
import { allTo, destinationsOf, percentIn, type LiveTraffic } from "../../protocol/traffic/live-traffic.ts";
import type { Weights, Workload } from "../../release/workload.ts";

/** Percent of public traffic by workload, as the entrance says now. */
export const weightsNow = ({ shares }: LiveTraffic, app: string): Weights => percentIn(shares, app);

/**
 * What to apply so that all public traffic goes to one workload; the others stay behind the
 * entrance without a share.
 */
export function allTrafficTo(
  workload: Workload,
  mode: TrafficMode,
  { shares }: LiveTraffic,
  { namespace, app }: { readonly namespace: string; readonly app: string },
): object {
  const { object, write } = backendFor(mode);
  const service = workloadName(app, workload);
  const destinations = destinationsOf(app).filter((one) => one.service === service || one.service in shares);
  return objectWith(object, { namespace, name: app }, write(allTo(service, destinations)));
}
