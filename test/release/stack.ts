// A whole stack in memory: the gate's decisions over a world that its plans change.
import fc from "fast-check";
import { moves } from "../../release/moves/moves.ts";
import { departure } from "../../release/moves/origin.ts";
import { reached } from "../../release/moves/point-of-no-return.ts";
import { refusals } from "../../release/moves/refusals.ts";
import { isSamePlace, placeOf } from "../../release/place.ts";
import { plan, type Standing } from "../../release/plan.ts";
import type { Release } from "../../release/release.ts";
import type { Step } from "../../release/step.ts";
import { tasksOf } from "../../release/tasks.ts";
import { allPlaces, at } from "./releases.ts";
import { World } from "./world.ts";

/** A stack as the gate knows it: what was completed, from where, and what was entered last. */
export class Stack {
  readonly world = new World();
  completed: (Standing & { readonly origin: Standing | null }) | null = null;
  entered: Release | null = null;

  /**
   * One `up`: refused, or run until `failAfter` steps are done (all of them: completed), in one of
   * the orders that its tasks allow.
   */
  up(next: Release, failAfter: number, hasDropped = false, order = 0): boolean {
    const { completed, world } = this;
    const entered = reached(this.entered, world.dropping);
    const circumstances = { dropping: false, recover: false };
    if (refusals(completed?.release ?? null, entered, next, circumstances).length > 0) return false;
    const left = completed && entered !== completed.release ? entered : null;
    const { origin } = departure(completed, left, next, world.dropping);
    const planned = plan(next, origin);
    const stage = { ...planned, steps: inSomeOrder(planned.steps, order) };
    this.entered = next;
    const isReturn =
      left !== null && completed !== null && isSamePlace(placeOf(completed.release), placeOf(next));
    if (!world.attempt(next, stage, failAfter, isReturn, hasDropped)) return true;
    this.completed = { release: next, tested: stage.tested, origin };
    if (next.phase === "stable") world.dropping = null;
    return true;
  }
}

/**
 * The steps of a stage in one of the orders in which an engine that does what nothing holds back
 * may finish them: every number leads to one, 0 to the order of the plan.
 */
export function inSomeOrder(steps: readonly Step[], order: number): Step[] {
  const waiting = tasksOf(steps).map((task, index) => ({ task, index }));
  const done = new Set<number>();
  const result: Step[] = [];
  for (let rest = order; waiting.length > 0; rest = Math.floor(rest / 3)) {
    const able = waiting.filter(({ task }) => task.after.every((index) => done.has(index)));
    const next = able[rest % able.length];
    if (!next) throw new Error("Cannot go on as every task waits for another");
    waiting.splice(waiting.indexOf(next), 1);
    done.add(next.index);
    result.push(...("checks" in next.task ? next.task.checks : [next.task.step]));
  }
  return result;
}

/** A stack after a walk from a first `stable`, or from the stages after it that have completed. */
export function walked(base: Release, walk: readonly Turn[], completed: readonly Release[] = []): Stack {
  const stack = new Stack();
  for (const release of [base, ...completed]) stack.up(release, 99);
  const places = allPlaces(base).map(placeOf);
  for (const { choice, failAfter, order } of walk) {
    const here = stack.entered ?? base;
    const { next, back } = moves(here, false);
    const likely = [
      ...next,
      ...back,
      placeOf(here),
      ...(stack.completed ? [placeOf(stack.completed.release)] : []),
    ];
    const place = choice % 7 === 0 ? places[choice % places.length] : likely[choice % likely.length];
    if (choice % 5 === 0) stack.world.meddle(choice);
    if (place) stack.up(at(base, place), failAfter, choice % 2 === 0, order);
  }
  return stack;
}

/** One of all moves there are, legal or not, and how many steps until it fails. */
export interface Turn {
  readonly choice: number;
  readonly failAfter: number;
  /** Which of the orders that the tasks allow, see {@link inSomeOrder}. */
  readonly order: number;
}

/**
 * A walk: at each turn one of all moves there are, legal or not, and how many steps until it fails.
 */
export const walks = fc.array(
  fc.record({
    choice: fc.nat(),
    failAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(99) }, fc.nat(12)),
    order: fc.nat(),
  }),
  {
    minLength: 1,
    maxLength: 30,
  },
);
