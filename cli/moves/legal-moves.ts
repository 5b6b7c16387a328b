import { moves } from "../../release/moves/moves.ts";
import { isSamePlace, placeOf, type Place } from "../../release/place.ts";
import { PHASES } from "../../release/phases.ts";
import { directionOf } from "../../release/plan.ts";
import { refusals } from "../../release/moves/refusals.ts";
import { canGiveUpContract, reached, refusedOnceDropping } from "../../release/moves/point-of-no-return.ts";
import { releaseAt } from "../../release/release-at.ts";
import { isMoving, type Release } from "../../release/release.ts";
import { standsAt, unfinished, type Past } from "../stack/stack-state.ts";

/** Where a release may go now. The first of each list is the usual one. */
export interface Ways {
  /** The stage that was entered and did not finish, where it may be tried again. */
  readonly again: Place | null;
  readonly next: readonly Place[];
  readonly back: readonly Place[];
}

/**
 * Every reason of the gate against a release, from both of its checks; empty where it would accept
 * it.
 */
export function refusedByGate(past: Past, next: Release): string[] {
  const calm = { dropping: false, recover: false };
  const completed = past.completed?.release ?? null;
  const early = refusals(completed, null, next, calm);
  if (early.length > 0) return early;
  return [
    ...refusals(completed, reached(past.entered?.release ?? null, past.dropping), next, calm),
    ...refusedOnceDropping(past.dropping, next, canGiveUpContract(past.completed?.jobs)),
  ];
}

/**
 * Exactly the moves that the gate would accept.
 *
 * @param past what the stack's state says
 * @param configured the release with the slots that config names now; only it has the candidate of
 *   the next release
 */
export function waysFrom(past: Past, configured: Release): Ways {
  const stands = standsAt(past);
  if (!stands) {
    const first: Place = { phase: "stable", active: placeOf(configured).active };
    return { again: null, next: [first].filter(isAccepted), back: [] };
  }
  const here = placeOf(stands);
  const isOpen = unfinished(past) !== null;
  const others = placesAround(past, configured)
    .filter((place) => !isSamePlace(place, here))
    .filter(isAccepted);
  const isAhead = (place: Place) => directionOf(releaseAt(configured, place), stands) === "forward";
  return {
    again: isOpen && isAccepted(here) ? here : null,
    next: others.filter(isAhead),
    back: others.filter((place) => !isAhead(place)),
  };

  function isAccepted(place: Place): boolean {
    return refusedByGate(past, releaseAt(configured, place)).length === 0;
  }
}

/** Every place that one of the two releases in the state leads to, the usual ones first. */
function placesAround({ completed, entered, dropping }: Past, configured: Release): Place[] {
  const known = [reached(entered?.release ?? null, dropping), entered?.release, completed?.release].flatMap(
    (release) => (release ? [release] : []),
  );
  const all = known.flatMap((release) => {
    const isDropping = PHASES[release.phase].drops;
    // From `stable` the idle colour's entry in config decides which way the release goes.
    const begun = !isMoving(release) ? releaseAt(configured, placeOf(release)) : release;
    const { next, back } = moves(begun, isDropping);
    return [...next, ...back, placeOf(release), ...(isDropping ? moves(release, false).back : [])];
  });
  return all.filter((place, at) => all.findIndex((other) => isSamePlace(place, other)) === at);
}

/** The usual way on: what was entered and did not finish comes first, unless it was a way back. */
export function usualNext(past: Past, { again, next }: Ways): Place | null {
  return again && !isGoingBack(past) ? again : (next[0] ?? null);
}

/** The usual way back: a way back that did not finish comes first. */
export function usualBack(past: Past, { again, back }: Ways): Place | null {
  return again && isGoingBack(past) ? again : (back[0] ?? null);
}

/** True where the stage that did not finish comes before the completed one. */
export function isGoingBack(past: Past): boolean {
  const open = unfinished(past);
  return open !== null && past.completed !== null && directionOf(open, past.completed.release) === "back";
}
