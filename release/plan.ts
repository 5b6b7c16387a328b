import { isSamePlace, placeOf } from "./place.ts";
import { isAfterSwitch, PHASES, phaseOrder } from "./phases.ts";
import {
  activeSlot,
  changesSchema,
  hasDatabase,
  isMoving,
  isWeighted,
  needsOlderSchema,
  type Release,
} from "./release.ts";
import { isMarkOf, slotDigest } from "./slot-digest.ts";
import type { Step } from "./step.ts";
import { steps, type Direction } from "./steps.ts";
import type { Tested, Weights, Workload } from "./workload.ts";

/** What the next stage depends on of a completed one. */
export interface Standing {
  readonly release: Release;
  readonly tested: Tested;
  /**
   * Contract was marked as begun after it, and the next stage goes back: only if nothing was
   * dropped. Absent: no.
   */
  readonly isDropping?: true | undefined;
}

/**
 * All that exists in a stage, and the order in which it is made. `tasks.ts` says what waits for
 * what.
 */
export interface StagePlan {
  readonly direction: Direction;
  /** What its `traffic` step writes: every workload behind the entrance. */
  readonly weights: Weights;
  readonly steps: readonly Step[];
  /** What has been tested once the stage is complete. */
  readonly tested: Tested;
  /**
   * No stage has completed with a database yet, so it must be empty, exactly what serves, or what a
   * baseline says.
   */
  readonly isDatabaseNew: boolean;
  /**
   * In mid-release, yet the stack's first: its state was lost, and database and entrance must show
   * this stage.
   */
  readonly isRecovery: boolean;
}

/**
 * The plan of a stage: a pure function of the release and of the stage that it is entered from.
 * What no step names does not exist; the engine deletes it after the last step.
 *
 * @param origin the completed stage that `next` is entered from; null for the first stage
 *   of a stack
 */
export function plan(next: Release, origin: Standing | null): StagePlan {
  const direction = directionOf(next, origin?.release ?? null);
  const tested = origin?.tested ?? {};
  const isRecovery = direction === "first" && isMoving(next);
  const list = steps({
    release: next,
    origin: origin?.release ?? null,
    direction,
    isRecovery,
    tested,
    givesUpContract: origin?.isDropping ?? false,
  });
  const isDatabaseNew = !origin || !hasDatabase(origin.release);
  const weights = weightsIn(list);
  const after = testedAfter(next, tested, list);
  return { direction, weights, steps: list, tested: after, isDatabaseNew, isRecovery };
}

/** Every stage writes the entrance, whatever else it does. */
function weightsIn(list: readonly Step[]): Weights {
  const traffic = list.find((step) => step.do === "traffic");
  if (!traffic) throw new RangeError("Cannot plan a stage without a step that writes its traffic");
  return traffic.weights;
}

/** Whether `next` is ahead of `origin` on the release's way, or behind it. */
export function directionOf(next: Release, origin: Release | null): Direction {
  if (!origin) return "first";
  if (isSamePlace(placeOf(next), placeOf(origin))) return "stay";
  if (!isMoving(next))
    return next.from.colour === activeSlot(origin).colour && isAfterSwitch(origin.phase) ? "forward" : "back";
  if (isWeighted(next) && isWeighted(origin) && next.phase === origin.phase)
    return next.weight > origin.weight ? "forward" : "back";
  return phaseOrder(next.phase) > phaseOrder(origin.phase) ? "forward" : "back";
}

/**
 * Parking forgets a test, a finished warm-up records one, a workload that no step keeps is gone.
 */
function testedAfter(release: Release, before: Tested, list: readonly Step[]): Tested {
  const after: Partial<Record<Workload, string>> = {};
  for (const step of list) {
    const known = step.do === "run" ? before[step.workload] : undefined;
    if (step.do === "run" && known !== undefined && isMarkOf(known, step.slot, release))
      after[step.workload] = known;
    if (step.do === "warm-up") after[step.workload] = slotDigest(step.slot, release);
    if (step.do === "park") delete after[step.workload];
  }
  return after;
}

/**
 * The schema that the stage leaves behind, in words for people: "0002-split-street expanded",
 * "0002-split-street being taken back, filled".
 */
export function schemaState(release: Release): string {
  const { from, to, phase } = release;
  if (!isMoving(release) || !to || !changesSchema(release)) return from.schema ?? "none";
  const word = PHASES[phase].schema;
  return needsOlderSchema(release)
    ? `${from.schema ?? "none"} being taken back, ${word}`
    : `${to.schema ?? "none"} ${word}`;
}
