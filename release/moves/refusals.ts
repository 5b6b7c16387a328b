import { illegalEdits } from "./illegal-edits.ts";
import { describeMoves, moves } from "./moves.ts";
import { describePlace, isSamePlace, placeOf } from "../place.ts";
import { PHASES } from "../phases.ts";
import { isMoving, type Release } from "../release.ts";

/** What the gate knows in addition to the three releases. */
export interface Circumstances {
  /** True once a contract stage has passed its check and begun to drop. */
  readonly dropping: boolean;
  /** True where config says that the state was lost, so that ledger and entrance count instead. */
  readonly recover: boolean;
}

/**
 * Why the release `next` may not be entered now; empty where it may.
 *
 * A move must be legal from the last completed stage and from the last one entered, finished or
 * not; the completed one may always be returned to until contract has begun to drop.
 *
 * @param completed the last release that an `up` finished, null on a new stack
 * @param entered the last release that an `up` tried to enter, null where that is not known (yet)
 */
export function refusals(
  completed: Release | null,
  entered: Release | null,
  next: Release,
  circumstances: Circumstances,
): string[] {
  return completed
    ? [...refusedStep("the completed stage", completed, next, circumstances), ...refusedFromEntered()]
    : refusedBeginning(entered, next, circumstances);

  function refusedFromEntered(): string[] {
    if (!completed || !entered) return [];
    if (isReturn(completed, next) && !circumstances.dropping) return illegalIdleEdits(entered, next);
    return refusedStep("the stage entered last, which did not finish", entered, next, circumstances);
  }
}

/** A return needs no legal step from the stage that failed, but it must not slip an edit in. */
const illegalIdleEdits = (entered: Release, next: Release): string[] =>
  isMoving(entered) ? illegalEdits(entered, next).map((edit) => `Cannot change ${edit}.`) : [];

const isReturn = (completed: Release, next: Release): boolean =>
  isSamePlace(placeOf(completed), placeOf(next));

function refusedBeginning(entered: Release | null, next: Release, { recover }: Circumstances): string[] {
  if (!isMoving(next) || recover || (entered && isSamePlace(placeOf(entered), placeOf(next)))) return [];
  return [
    `Cannot begin at ${describePlace(placeOf(next))} as nothing has been completed on this stack yet: ` +
      `the first stage is stable with the active colour's version. If the stack's state was lost in mid-release, ` +
      `set zero-downtime:recover to true to start where the database's ledger and the entrance stand.`,
  ];
}

function refusedStep(what: string, before: Release, next: Release, circumstances: Circumstances): string[] {
  const from = placeOf(before);
  const to = placeOf(next);
  const dropping = circumstances.dropping || (PHASES[before.phase].drops && what === "the completed stage");
  const edits = illegalEdits(before, next).map(
    (edit) =>
      `Cannot change ${edit}. Now: ${what} is ${describePlace(from)}; set the value back, or go there first.`,
  );
  const { next: onward, back } = moves(firstStep(before, next), dropping);
  const isLegal = isSamePlace(from, to) || [...onward, ...back].some((place) => isSamePlace(place, to));
  if (isLegal) return edits;
  return [
    `Cannot go to ${describePlace(to)} as ${what} is ${describePlace(from)}. ` +
      describeMoves(firstStep(before, next), dropping),
    ...edits,
  ];
}

/** From `stable` the idle colour's new entry decides which way the release goes. */
const firstStep = (before: Release, next: Release): Release =>
  !isMoving(before) && before.from.colour === next.from.colour
    ? { ...before, to: next.to, migrations: next.migrations }
    : before;
