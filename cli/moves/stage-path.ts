import { describePlace, isSamePlace, placeOf, type Place } from "../../release/place.ts";
import { PHASES } from "../../release/phases.ts";
import { releaseAt } from "../../release/release-at.ts";
import {
  canonical,
  COLOURS,
  isMoving,
  other,
  slotOf,
  type Colour,
  type Release,
  type Slot,
} from "../../release/release.ts";
import type { Past } from "../stack/stack-state.ts";
import { refusedByGate, waysFrom } from "./legal-moves.ts";

/** A path of several stages, each a release to enter by its own `up`; or why there is none. */
export type Walk = { readonly stages: readonly Release[] } | { readonly refusals: readonly string[] };

/** Where a path ends: a place, and who serves there. */
export interface Goal {
  readonly place: Place;
  /** What each colour should run; a colour that is left out may run anything. */
  readonly slots: Readonly<Partial<Record<Colour, Slot | null>>>;
}

/** No release needs more stages than this, there or back. */
const LONGEST_WALK = 40;

/**
 * The shortest path of moves that the gate accepts, each judged as if those before it had
 * completed.
 *
 * @param configured the release with the slots that config names now
 */
export function shortestWalk(past: Past, configured: Release, goal: Goal): Walk {
  const here = past.completed?.release;
  if (here && isReached(here, goal) && past.entered?.attempt === past.completed?.attempt)
    return { stages: [] };
  const seen = new Set<string>();
  const refusals = new Set<string>();
  let level: readonly Node[] = [{ past, release: configured, stages: [] }];
  for (let length = 1; length <= LONGEST_WALK && level.length > 0; length += 1) {
    const further: Node[] = [];
    for (const node of level) {
      for (const release of steppingStones(node, goal, refusals)) {
        const key = canonical({
          ...placeOf(release),
          slots: COLOURS.map((colour) => slotText(release, colour)),
        });
        if (seen.has(key)) continue;
        seen.add(key);
        const stages = [...node.stages, release];
        if (isReached(release, goal)) return { stages };
        further.push({ past: pastAfter(release), release, stages });
      }
    }
    level = further;
  }
  const direct = editions(configured, goal).flatMap((edited) =>
    refusedByGate(past, releaseAt(edited, goal.place)),
  );
  return { refusals: [...new Set([...refusals, ...direct])] };
}

interface Node {
  readonly past: Past;
  readonly release: Release;
  readonly stages: readonly Release[];
}

/**
 * What may follow: every legal move, and the same place with the idle colour's entry as the goal
 * has it.
 */
function steppingStones({ past, release }: Node, goal: Goal, refusals: Set<string>): Release[] {
  return editions(release, goal).flatMap((edited) => {
    const ways = waysFrom(past, edited);
    const places = [...(ways.again ? [ways.again] : []), ...ways.next, ...ways.back, placeOf(release)];
    return places.flatMap((place) => {
      const next = releaseAt(edited, place);
      const found = refusedByGate(past, next);
      if (found.length > 0) for (const reason of found) refusals.add(reason);
      return found.length === 0 ? [next] : [];
    });
  });
}

/** The release as it is, and the same with the goal's entry for the colour that does not serve. */
function editions(release: Release, { slots }: Goal): Release[] {
  const idle = other(placeOf(release).active);
  const wanted = slots[idle];
  if (wanted === undefined || isSameSlot(wanted, slotOf(release, idle))) return [release];
  if (!isMoving(release)) return [release, { ...release, to: wanted }];
  if (!wanted) return [release];
  return [release, release.from.colour === idle ? { ...release, from: wanted } : { ...release, to: wanted }];
}

function isReached(release: Release, { place, slots }: Goal): boolean {
  const isThere = isSamePlace(placeOf(release), place);
  return (
    isThere &&
    COLOURS.every((colour) => {
      const wanted = slots[colour];
      return wanted === undefined || isSameSlot(wanted, slotOf(release, colour));
    })
  );
}

const isSameSlot = (one: Slot | null, two: Slot | null): boolean =>
  one === two || (one?.version === two?.version && one?.image === two?.image && one?.schema === two?.schema);

const slotText = (release: Release, colour: Colour): string => {
  const slot = slotOf(release, colour);
  return slot ? `${slot.version} ${slot.image} ${slot.schema ?? ""}` : "";
};

/** The state that a successful `up` leaves behind. */
export const pastAfter = (release: Release): Past => ({
  completed: { release, tested: {}, origin: null, attempt: "", number: 0 },
  entered: { release, attempt: "" },
  dropping: { isDropping: PHASES[release.phase].drops, to: placeOf(release).active },
  records: {},
  pending: [],
});

/** A path in words. */
export const describeWalk = (stages: readonly Release[]): string =>
  stages.map((release) => describePlace(placeOf(release))).join(" → ");
