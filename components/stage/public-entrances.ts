import { withEntrancesOf, type Entrances } from "../../protocol/traffic/entrance.ts";
import { isAfterSwitch } from "../../release/phases.ts";
import { activeSlot, isMoving } from "../../release/release.ts";
import type { StageContext } from "./stage-context.ts";

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
