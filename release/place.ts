import type { Phase } from "./phases.ts";
import { activeSlot, isWeighted, type Colour, type Release } from "./release.ts";

/** Where a release stands: what a person sets in config to go there. */
export interface Place {
  readonly phase: Phase;
  readonly active: Colour;
  /** Percent of public traffic on the candidate, in the phases where both serve. */
  readonly weight?: number;
}

export function placeOf(release: Release): Place {
  const place = { phase: release.phase, active: activeSlot(release).colour };
  return isWeighted(release) ? { ...place, weight: release.weight } : place;
}

export const isSamePlace = (one: Place, two: Place): boolean =>
  one.phase === two.phase && one.active === two.active && one.weight === two.weight;

/** The place in words, with the names that config has. */
export const describePlace = (place: Place): string =>
  place.weight === undefined
    ? `${place.phase} with ${place.active} active`
    : `${place.phase} at ${place.weight} % with ${place.active} active`;
