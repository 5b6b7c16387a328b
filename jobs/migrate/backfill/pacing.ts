import type { Limits } from "../../../protocol/jobs/backfill-limits.ts";
import { slowFrom, type Signs } from "./throttle.ts";

/** The pace of a walk that writes. */
export interface Pace {
  /** Duration that a step aims at, network time excluded. Milliseconds. */
  readonly target: number;
  /** The rest after a step, as a fraction of the time that its work took. */
  readonly rest: number;
}

/**
 * With more than a thousand rows a step gains almost nothing, and others may wait for its whole
 * length.
 */
export const ALONE: Pace = { target: 30, rest: 0 };
/**
 * Beside others. The longest carries some five hundred rows; the shortest ones are made of little
 * else than their messages.
 */
const STEP_BESIDE_OTHERS = { least: 1.5, most: 8 } as const;
/**
 * Up to this many writes a second are not users': they come from monitoring, vacuum, or an empty
 * queue.
 */
const NEGLIGIBLE = 10;
/** Of what the walk pauses for. */
const SLOW_SHARE = 1 / 2;
const GROWTH = 1.5;
/**
 * The shortest rest beside others, as a part of the longest. With it users' slowest writes on two
 * processors took less than beside a loop of 1,000 rows a step, without it more (`bench:schema`).
 */
const SHORTEST_REST = 1 / 6;

/** What others feel of a walk, as a look shows it. */
export type Felt = Pick<Signs, "writesOfOthers" | "heldUp" | "pulseMilliseconds">;

/**
 * How the walk goes on after a look. Steps grow and rests shrink while nobody feels them. What
 * slows every write down is the work as a whole, whatever its steps: then it rests more. What makes
 * others wait for rows is the length of a step: then that is halved.
 * @param before what a look showed before the first row was written
 */
export function nextPace(
  pace: Pace,
  now: Felt,
  before: Pick<Felt, "pulseMilliseconds">,
  limits: Limits,
): Pace {
  const { restShare } = limits;
  if (now.writesOfOthers <= NEGLIGIBLE || restShare === 0) return ALONE;
  const { least, most } = STEP_BESIDE_OTHERS;
  const target = now.heldUp > 0 ? pace.target / 2 : pace.target * GROWTH;
  const shortest = restShare * SHORTEST_REST;
  const rest = isFelt(now, before, limits) ? pace.rest * 2 : pace.rest / 2;
  return {
    target: Math.min(most, Math.max(least, target)),
    rest: Math.min(restShare, Math.max(shortest, rest)),
  };
}

/** Whether every write of others has become slow. */
export const isFelt = (
  now: Pick<Felt, "pulseMilliseconds">,
  before: Pick<Felt, "pulseMilliseconds">,
  limits: Limits,
): boolean => now.pulseMilliseconds > slowFrom(before, limits) * SLOW_SHARE;

/**
 * The next step of a walk: as many rows as take `target` milliseconds, changing by at most a factor
 * of two.
 */
export function nextBatchSize(
  size: number,
  milliseconds: number,
  limits: { readonly target: number; readonly least: number; readonly most: number },
): number {
  const factor = Math.min(2, Math.max(0.5, limits.target / Math.max(milliseconds, 0.1)));
  return Math.round(Math.min(limits.most, Math.max(limits.least, size * factor)));
}
