import { describePlace, type Place } from "../../release/place.ts";
import { PHASES } from "../../release/phases.ts";
import { isMoving, needsOlderSchema, pendingMigrations, type Release } from "../../release/release.ts";

/**
 * What going back would cost, in a sentence for people who have to decide.
 *
 * @param stands where the release stands
 * @param back the usual way back; null where there is none
 */
export function costOfGoingBack(stands: Release, back: Place | null): string {
  if (!isMoving(stands)) return nothingUnderWay(stands);
  if (!back) {
    return PHASES[stands.phase].drops
      ? `There is no way back: contract drops what ${stands.from.version} needs. ${stands.from.version} can only come back as a release of its own.`
      : "There is no way back from here.";
  }
  const { from, to } = stands;
  const migrations = pendingMigrations(stands);
  const undone =
    migrations.length > 0
      ? `What ${needsOlderSchema(stands) ? `was brought back of ${migrations.join(", ")}` : `${migrations.join(", ")} added`} is dropped (values that the old form cannot hold are archived), and the backfill has to run again next time.`
      : "Nothing else changes.";
  const { oldPods, newPods } = PHASES[stands.phase];
  if (newPods === "none") return `To ${describePlace(back)}: no user notices. ${undone}`;
  if (newPods === "private")
    return back.phase === "stable"
      ? `To stable: no user notices; the pods of ${to.version} go.`
      : `To ${describePlace(back)}: no user notices; the pods of ${to.version} are parked, the schema stays as it is.`;
  switch (oldPods) {
    case "serve":
      return `To ${describePlace(back)}: seconds. All traffic goes to ${from.version}, which serves already; no row is lost.`;
    case "warm":
      return `To ${describePlace(back)}: seconds. ${from.version} is warm; what ${to.version} has written stays readable for both.`;
    case "parked":
    case "gone":
      return `To ${describePlace(back)}: as long as ${from.version} takes to start, pass its smoke test and warm up; users stay on ${to.version} until then.`;
    case "replaced":
      return `To ${describePlace(back)}: as long as replacing every pod takes, one by one, ${from.version} for ${to.version}; no request is lost.`;
  }
}

function nothingUnderWay({ from, to }: Release): string {
  return to
    ? `Nothing is under way. From ${from.version} one gets to ${to.version} by a release, not by going back.`
    : "Nothing is under way.";
}

/** The old and the new version, in a few words; null where no release is under way. */
export function describeRelease(release: Release): string | null {
  if (!isMoving(release)) return null;
  const { from, to, strategy } = release;
  return `${from.version} (${from.colour}) → ${to.version} (${to.colour}), ${strategy}`;
}
