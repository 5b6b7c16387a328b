import type { Contents } from "../contents.ts";
import { isSamePlace, placeOf } from "../place.ts";
import { PHASES, phaseOrder } from "../phases.ts";
import { activeSlot, isMoving, slotOf, type Colour, type MovingRelease, type Release } from "../release.ts";

/**
 * The colour whose version is prepared anew from the manifests in this stage; null: none is, and
 * every colour stays what it was prepared from. It is that of a stack's first stage, and after that
 * the candidate's: on leaving `stable`, and as long as its entry may be edited, as it serves nobody
 * then. A way back prepares nothing: it brings back what was there, and waits for no file.
 *
 * @param completed the last release that an `up` finished; null on a new stack
 * @param left the release of a stage that was entered after it and did not finish; null: none
 * @param recorded what colours were prepared from, as far as it is on record
 */
export function preparedColour(
  next: Release,
  completed: Release | null,
  left: Release | null,
  recorded: Contents = {},
): Colour | null {
  if (!completed) return isMoving(next) ? null : next.from.colour;
  if (!isMoving(next)) return null;
  const before = left ? [completed, left] : [completed];
  const { colour } = next.to;
  if (isUnmade(colour, completed, left, recorded)) return colour;
  const isLeaving = !isMoving(completed) && (!left || isIdle(left));
  const isEditing = [...before, next].every(isIdle);
  const serves = before.some((stage) => activeSlot(stage).colour === colour);
  if ((!isLeaving && !isEditing) || serves) return null;
  const isBack = phaseOrder(next.phase) < phaseOrder((left ?? completed).phase);
  return isBack && isOnRecord(next, before, recorded) ? null : colour;
}

/**
 * Whether a stage that did not finish is entered again with the candidate that is on record. It may
 * be a way back that was killed, and must not be kept from its end by files that have become wrong:
 * the candidate then stays as it is.
 */
export const isRepeated = (next: Release, left: Release | null, recorded: Contents): boolean =>
  left !== null &&
  isMoving(next) &&
  isSamePlace(placeOf(left), placeOf(next)) &&
  isOnRecord(next, [left], recorded);

/** Whether the candidate, if there is one, serves nobody. */
const isIdle = ({ phase }: Release): boolean => PHASES[phase].isIdleEditable;

/**
 * Whether an attempt to leave `stable` ended before its record was written: nothing is made before
 * that, so there are no pods yet, whatever the stage.
 */
function isUnmade(colour: Colour, completed: Release, left: Release | null, recorded: Contents): boolean {
  if (isMoving(completed) || !left || !isMoving(left)) return false;
  return slotOf(left, colour)?.content !== undefined && recorded[colour] === undefined;
}

/** Whether the record is of the candidate as one of these stages had it. */
const isOnRecord = ({ to }: MovingRelease, stages: readonly Release[], recorded: Contents): boolean =>
  stages.some((stage) => {
    const slot = slotOf(stage, to.colour);
    return (
      slot?.content !== undefined &&
      slot.content === recorded[to.colour] &&
      slot.version === to.version &&
      slot.image === to.image &&
      slot.schema === to.schema
    );
  });
