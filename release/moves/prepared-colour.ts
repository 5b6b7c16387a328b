import { PHASES } from "../phases.ts";
import { activeSlot, isMoving, type Colour, type Release } from "../release.ts";

/**
 * The colour whose version is prepared anew from the manifests in this stage; null: none is, and
 * every colour stays what it was prepared from. It is that of a stack's first stage, and after that
 * the candidate's: on leaving `stable`, and as long as its entry may be edited, as it serves nobody
 * then. A stage that is entered backwards from one in which the candidate served prepares nothing:
 * a way back brings back what was there.
 *
 * @param completed the last release that an `up` finished; null on a new stack
 * @param left the release of a stage that was entered after it and did not finish; null: none
 */
export function preparedColour(
  next: Release,
  completed: Release | null,
  left: Release | null,
): Colour | null {
  if (!completed) return isMoving(next) ? null : next.from.colour;
  if (!isMoving(next)) return null;
  const before = left ? [completed, left] : [completed];
  const { colour } = next.to;
  const isLeaving = !isMoving(completed) && (!left || isIdle(left));
  const isEditing = [...before, next].every(isIdle);
  const serves = before.some((stage) => activeSlot(stage).colour === colour);
  return (isLeaving || isEditing) && !serves ? colour : null;
}

/** Whether the candidate, if there is one, serves nobody. */
const isIdle = ({ phase }: Release): boolean => PHASES[phase].isIdleEditable;
