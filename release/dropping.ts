import { describePlace, placeOf } from "./place.ts";
import { activeSlot, type Release } from "./release.ts";

/** The mark in the state that contract has begun to drop what only the old version needs. */
export interface Dropping {
  readonly isDropping: boolean;
  /** The colour that serves from then on. */
  readonly to: string;
}

/** Why a release may not be entered once contract has begun to drop; empty where it may. */
export function refusedOnceDropping(mark: Dropping | null, next: Release): string[] {
  const isOnward = ["contract", "stable"].includes(next.phase) && activeSlot(next).colour === mark?.to;
  if (!mark?.isDropping || isOnward) return [];
  return [
    `Cannot go to ${describePlace(placeOf(next))} as contract has begun to drop what the old version needs. ` +
      `Repeat contract with ${mark.to} active until it completes, then go to stable.`,
  ];
}
