import type { Place } from "./place.ts";
import { hasWeight, isAfterSwitch } from "./phases.ts";
import { other, slotOf, type Colour, type Release, type Slot } from "./release.ts";

/**
 * A release with the same slots at another place: what the program reads once that place is set in
 * config.
 *
 * @throws {RangeError} where the place needs a colour that the release does not name
 */
export function releaseAt(base: Release, place: Place): Release {
  const { strategy, rungs, migrations, settings } = base;
  const frame = { strategy, rungs, migrations, settings };
  const active = named(base, place, place.active);
  const { phase } = place;
  if (phase === "stable") return { ...frame, phase, from: active, to: slotOf(base, other(place.active)) };
  const idle = named(base, place, other(place.active));
  const [from, to] = isAfterSwitch(phase) ? [idle, active] : [active, idle];
  return hasWeight(phase)
    ? { ...frame, phase, weight: place.weight ?? 0, from, to }
    : { ...frame, phase, from, to };
}

function named(base: Release, place: Place, colour: Colour): Slot {
  const slot = slotOf(base, colour);
  if (!slot) throw new RangeError(`Cannot go to ${place.phase} as ${colour} is not set`);
  return slot;
}
