import { withEntrancesOf, type Entrances } from "../../protocol/traffic/entrance.ts";
import { isAfterSwitch } from "../../release/phases.ts";
import { activeSlot, isMoving, type Slot } from "../../release/release.ts";
import type { StageContext } from "./stage-context.ts";

/**
 * What a workload is reached by in a stage: the Services of its own version, and those beside them
 * that only the other one has, as the routes of either may lead to it until the release is over.
 */
export function addressesOf(
  { release, versionOf }: Pick<StageContext, "release" | "versionOf">,
  slot: Slot,
): Entrances {
  const { entrances } = versionOf(slot);
  if (!isMoving(release)) return entrances;
  const beside = slot.colour === release.from.colour ? release.to : release.from;
  return withEntrancesOf(entrances, versionOf(beside).entrances);
}

/**
 * The ways in of a stage: those of the active version. After the switch those that only the old one
 * has stay beside them until the release is over, as going back must not need what is deleted.
 */
export function publicEntrances({
  release,
  versionOf,
}: Pick<StageContext, "release" | "versionOf">): Entrances {
  const { entrances } = versionOf(activeSlot(release));
  return isMoving(release) && isAfterSwitch(release.phase)
    ? withEntrancesOf(entrances, versionOf(release.from).entrances)
    : entrances;
}
