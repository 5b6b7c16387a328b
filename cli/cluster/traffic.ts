import { allTo } from "../../protocol/traffic/backend.ts";
import type { Entrances } from "../../protocol/traffic/entrance.ts";
import {
  entranceMoved,
  entrancePath,
  publicWeights,
  type LiveEntrance,
} from "../../protocol/traffic/live-traffic.ts";
import { WORKLOADS, type Weights, type Workload } from "../../release/workload.ts";

/** Percent of public traffic by workload, as the entrance says now; whole numbers. */
export const weightsNow = (found: readonly LiveEntrance[]): Weights =>
  Object.fromEntries(
    Object.entries(publicWeights(found)).map(([workload, weight]) => [workload, Math.round(weight)]),
  );

/** What entrances say besides {@link weightsNow}: other objects, or other rules of the same one. */
export const furtherWeights = (found: readonly LiveEntrance[]): readonly Weights[] =>
  found.flatMap(({ weights, others }, at) => (at === 0 ? others : [weights, ...others]));

/** An object to apply, and where. */
export interface Move {
  readonly path: string;
  readonly object: ReturnType<typeof entranceMoved>;
}

/**
 * What to apply, in this order, so that all public traffic goes to one workload; the others stay
 * behind the entrances without a share. An entrance that is not there is left to the `up`.
 *
 * @param entrances as the version has them that gets the traffic
 */
export function allTrafficTo(
  workload: Workload,
  { objects, services }: Entrances,
  found: readonly LiveEntrance[],
  namespace: string,
): Move[] {
  const weights = publicWeights(found);
  const behind = WORKLOADS.filter((each) => each === workload || weights[each] !== undefined);
  const isThere = ({ kind, name }: Entrances["objects"][number]) =>
    found.some(({ entrance }) => entrance.kind === kind && entrance.name === name);
  return objects.filter(isThere).map((entrance) => ({
    path: entrancePath(entrance, namespace),
    object: entranceMoved(entrance, { services }, allTo(workload, behind), namespace),
  }));
}
