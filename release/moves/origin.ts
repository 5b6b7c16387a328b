import { givesUpContract, type Dropping } from "./point-of-no-return.ts";
import { plan, type Standing } from "../plan.ts";
import { asJson, canonical, type Release } from "../release.ts";
import { weightsOf, WORKLOADS, type Tested, type Workload } from "../workload.ts";

/** Where an `up` starts from. */
export interface Departure {
  /** The stage that the next one is entered from; null for the first of a stack. */
  readonly origin: Standing | null;
  /**
   * Nothing was edited since the completed stage, and no other was entered: there is nothing to do.
   */
  readonly isUnchanged: boolean;
}

/**
 * Returning to the last completed stage after another one was entered and failed counts as a move
 * from the failed one: the config is the completed stage's, yet there is something to do.
 *
 * @param completed the last completed stage, with its own origin
 * @param left the stage that was entered after it and did not finish; null where there is none, or
 *   none is known
 * @param mark whether contract is marked as begun
 */
export function departure(
  completed: (Standing & { readonly origin: Standing | null }) | null,
  left: Release | null,
  next: Release,
  mark: Dropping | null = null,
): Departure {
  if (!completed) return { origin: null, isUnchanged: false };
  const { release, tested, origin } = completed;
  const dropping = givesUpContract(mark, next) ? { isDropping: true as const } : {};
  if (canonical(asJson(release)) !== canonical(asJson(next)))
    return { origin: { release, tested: unparked(completed, left), ...dropping }, isUnchanged: false };
  if (!left) return { origin, isUnchanged: true };
  return {
    origin: { release: left, tested: servingAmong(tested, release), ...dropping },
    isUnchanged: false,
  };
}

/** What the unfinished stage may have parked is tested again before it gets traffic. */
function unparked({ release, tested }: Standing, left: Release | null): Tested {
  const parked = left
    ? plan(left, { release, tested }).steps.flatMap((step) => (step.do === "park" ? [step.workload] : []))
    : [];
  return testedOf(tested, (workload) => !parked.includes(workload));
}

/** On a return to the completed stage, only what serves in it counts as tested. */
const servingAmong = (tested: Tested, release: Release): Tested =>
  testedOf(tested, (workload) => (weightsOf(release)[workload] ?? 0) > 0);

const testedOf = (tested: Tested, isKept: (workload: Workload) => boolean): Tested =>
  Object.fromEntries(
    WORKLOADS.flatMap((workload) => {
      const image = tested[workload];
      return image !== undefined && isKept(workload) ? [[workload, image]] : [];
    }),
  );
