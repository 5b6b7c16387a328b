import { describePlace, placeOf, type Place } from "../place.ts";
import { changesSchema, type MovingRelease, type Release } from "../release.ts";

/** The legal ways on and back from a completed stage. The first of each is the usual one. */
export interface Moves {
  readonly next: readonly Place[];
  readonly back: readonly Place[];
}

/**
 * The complete transition table: every place where a release can stand, for all three strategies,
 * with and without a schema change.
 *
 * @param dropping true once contract has begun to drop; from then on there is no way back.
 */
export function moves(release: Release, dropping: boolean): Moves {
  if (release.phase !== "stable") return movesOf(release, dropping);
  if (!release.to) return { next: [], back: [] };
  const places = placesOf({ ...release, to: release.to, phase: "deploy" });
  if (changesSchema(release)) return { next: [places.expand], back: [] };
  return { next: [release.strategy === "rolling" ? places.roll : places.deploy], back: [] };
}

function movesOf(release: MovingRelease, dropping: boolean): Moves {
  const places = placesOf(release);
  const withSchema = changesSchema(release);
  const isRolling = release.strategy === "rolling";
  const isCanary = release.strategy === "canary";
  const finish = withSchema ? places.contract : places.stableTo;
  const rungsBelow = (weight: number) => places.rungs.filter((rung) => (rung.weight ?? 0) < weight).reverse();
  const rungsAbove = (weight: number) => places.rungs.filter((rung) => (rung.weight ?? 0) > weight);
  switch (release.phase) {
    case "expand":
      return { next: [places.backfill], back: [places.stableFrom] };
    case "backfill":
      return { next: [isRolling ? places.roll : places.deploy], back: [places.stableFrom] };
    case "deploy":
      return {
        next: [(isCanary ? places.rungs[0] : undefined) ?? places.switch],
        back: [withSchema ? places.backfill : places.stableFrom],
      };
    case "canary":
      return {
        next: [rungsAbove(release.weight)[0] ?? places.switch],
        back: [places.deploy, ...rungsBelow(release.weight)],
      };
    case "switch":
      return {
        next: [places.retire],
        back: [places.deploy, ...(isCanary ? [...places.rungs].reverse() : [])],
      };
    case "roll":
      return { next: [finish], back: [withSchema ? places.backfill : places.stableFrom] };
    case "retire":
      return { next: [finish], back: [places.deploy] };
    case "contract": {
      const back = dropping ? [] : isRolling ? [places.backfill] : [places.deploy];
      return { next: [places.stableTo], back };
    }
  }
}

function placesOf(release: MovingRelease) {
  const from = release.from.colour;
  const to = release.to.colour;
  return {
    stableFrom: { phase: "stable", active: from },
    expand: { phase: "expand", active: from },
    backfill: { phase: "backfill", active: from },
    deploy: { phase: "deploy", active: from },
    rungs: release.rungs.map((weight): Place => ({ phase: "canary", active: from, weight })),
    switch: { phase: "switch", active: to },
    roll: { phase: "roll", active: to },
    retire: { phase: "retire", active: to },
    contract: { phase: "contract", active: to },
    stableTo: { phase: "stable", active: to },
  } satisfies Record<string, Place | Place[]>;
}

/** The legal steps from a release, as a sentence for a refusal or a status. */
export function describeMoves(release: Release, dropping: boolean): string {
  const { next, back } = moves(release, dropping);
  const list = (places: readonly Place[]) => places.map(describePlace).join(", or ");
  const onward =
    next.length > 0
      ? `The next legal step is ${list(next)}`
      : `The next legal step is to name the other colour's version and image, in ${describePlace(placeOf(release))}`;
  return back.length > 0
    ? `${onward}; the way back is ${list(back)}.`
    : `${onward}; there is no way back from here.`;
}
