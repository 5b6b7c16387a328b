import { describePlace, type Place } from "../../release/place.ts";
import {
  isAfterSwitch,
  needsOlderSchema,
  pendingMigrations,
  slotOf,
  type Release,
} from "../../release/release.ts";

/**
 * What going back would cost, in a sentence for people who have to decide.
 *
 * @param stands where the release stands
 * @param back the usual way back; null where there is none
 */
export function costOfGoingBack(stands: Release, back: Place | null): string {
  if (stands.phase === "stable") return nothingUnderWay(stands);
  if (!back) {
    return stands.phase === "contract"
      ? `There is no way back: contract drops what ${stands.from.version} needs. ${stands.from.version} can only come back as a release of its own.`
      : "There is no way back from here.";
  }
  const { from, to } = stands;
  const migrations = pendingMigrations(stands);
  const undone =
    migrations.length > 0
      ? `What ${needsOlderSchema(stands) ? `was brought back of ${migrations.join(", ")}` : `${migrations.join(", ")} added`} is dropped (values that the old form cannot hold are archived), and the backfill has to run again next time.`
      : "Nothing else changes.";
  switch (stands.phase) {
    case "expand":
    case "backfill":
      return `To ${describePlace(back)}: no user notices. ${undone}`;
    case "deploy":
      return back.phase === "stable"
        ? `To stable: no user notices; the pods of ${to.version} go.`
        : `To ${describePlace(back)}: no user notices; the pods of ${to.version} are parked, the schema stays as it is.`;
    case "canary":
      return `To ${describePlace(back)}: seconds. All traffic goes to ${from.version}, which serves already; no row is lost.`;
    case "switch":
      return `To ${describePlace(back)}: seconds. ${from.version} is warm; what ${to.version} has written stays readable for both.`;
    case "retire":
    case "contract":
      return `To ${describePlace(back)}: as long as ${from.version} takes to start, pass its smoke test and warm up; users stay on ${to.version} until then.`;
    case "roll":
      return `To ${describePlace(back)}: as long as replacing every pod takes, one by one, ${from.version} for ${to.version}; no request is lost.`;
  }
}

function nothingUnderWay({ from, to }: Release): string {
  return to
    ? `Nothing is under way. From ${from.version} one gets to ${to.version} by a release, not by going back.`
    : "Nothing is under way.";
}

/** Who served before, and who after, in a few words; null for a stack where nothing is on its way. */
export function describeRelease(release: Release): string | null {
  if (release.phase === "stable" || !release.to) return null;
  const { from, to, strategy } = release;
  return `${from.version} (${from.colour}) → ${to.version} (${to.colour}), ${strategy}`;
}

/** True once all traffic is meant for the new version. */
export const hasSwitched = (release: Release): boolean =>
  release.phase !== "stable" && isAfterSwitch(release.phase);

/** The version of a colour, or the colour itself where it has none. */
export const versionOf = (release: Release, colour: "blue" | "green"): string =>
  slotOf(release, colour)?.version ?? colour;
