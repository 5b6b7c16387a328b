import type { Place } from "../../release/place.ts";
import { hasWeight, isAfterSwitch, type Phase } from "../../release/phases.ts";
import { isMoving, other, type Colour, type Release } from "../../release/release.ts";
import { activeSlot } from "../../release/release.ts";
import type { Ways } from "./legal-moves.ts";

interface Wish {
  readonly weight?: number;
  readonly active?: string;
}

/**
 * The place that a phase means on the command line: the one within reach, else the one that the
 * gate will refuse with its reason.
 *
 * @param stands where the release stands now
 */
export function placeMeant(
  phase: Phase,
  { weight, active }: Wish,
  { again, next, back }: Ways,
  stands: Release,
): Place | { readonly ambiguous: readonly Place[] } {
  const inReach = [...(again ? [again] : []), ...next, ...back].filter(
    (place) =>
      place.phase === phase &&
      (weight === undefined || place.weight === weight) &&
      (active === undefined || place.active === active),
  );
  // There is at most one rung ahead; among several behind, a person has to choose.
  const ahead = next.filter((place) => inReach.includes(place));
  const [only] = ahead.length === 1 && weight === undefined && hasWeight(phase) ? ahead : inReach;
  if (only && (inReach.length === 1 || (ahead.length === 1 && hasWeight(phase)))) return only;
  if (inReach.length > 1) return { ambiguous: inReach };
  const usual = colourOf(phase, stands);
  const colour = active === "blue" || active === "green" ? active : usual;
  return hasWeight(phase)
    ? { phase, active: colour, weight: weight ?? stands.rungs[0] ?? 0 }
    : { phase, active: colour };
}

/** Config's `active` names the new colour from the switch on. */
function colourOf(phase: Phase, stands: Release): Colour {
  const active = activeSlot(stands).colour;
  const isNewActive = isMoving(stands) && isAfterSwitch(stands.phase);
  return isAfterSwitch(phase) === isNewActive || phase === "stable" ? active : other(active);
}
