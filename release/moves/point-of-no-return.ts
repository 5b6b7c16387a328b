import { describePlace, placeOf } from "../place.ts";
import { PHASES } from "../phases.ts";
import { releaseAt } from "../release-at.ts";
import { activeSlot, isMoving, type Colour, type Release } from "../release.ts";

/**
 * The mark in the state that contract has passed its check, and may have begun to drop what only
 * the old version needs.
 */
export interface Dropping {
  readonly isDropping: boolean;
  /** The colour that serves from then on. */
  readonly to: Colour;
}

/** The first format of the jobs image that can tell whether anything was dropped. */
const FIRST_FORMAT = 2;

/**
 * Whether the jobs of a release can tell, before a way back, that contract has dropped nothing yet.
 */
export const canGiveUpContract = (
  jobs: { readonly format?: number | undefined } | null | undefined,
): boolean => (jobs?.format ?? 0) >= FIRST_FORMAT;

/**
 * True where a release goes back from a contract that is marked as begun: then the stage first
 * checks whether anything was dropped.
 */
export function givesUpContract(mark: Dropping | null, next: Release): boolean {
  const isEnd = !isMoving(next) || PHASES[next.phase].drops;
  const isOnward = isEnd && activeSlot(next).colour === mark?.to;
  return (mark?.isDropping ?? false) && !isOnward;
}

/**
 * Where the stage entered last has left the release. A way back that was refused by the ledger has
 * done nothing: the release still stands in contract.
 */
export function reached(entered: Release | null, mark: Dropping | null): Release | null {
  if (!entered || !mark || !givesUpContract(mark, entered)) return entered;
  return releaseAt(entered, { phase: "contract", active: mark.to });
}

/**
 * Why a release may not be entered once contract is marked as begun; empty where it may.
 *
 * @param canAsk whether the way back begins with a check of the ledger that nothing was dropped
 */
export function refusedOnceDropping(mark: Dropping | null, next: Release, canAsk: boolean): string[] {
  if (canAsk || !givesUpContract(mark, next)) return [];
  return [
    `Cannot go to ${describePlace(placeOf(next))} as contract has begun to drop what the old version needs. ` +
      `Repeat contract with ${mark?.to ?? ""} active until it completes, then go to stable.`,
  ];
}
