import { evidenceAbove } from "./bets.ts";
import type { Histogram, Moment } from "./evidence.ts";
import { isTold, since, toldQuantile } from "./histogram.ts";

/**
 * Moments of a soak: how long the candidate's answers took, a few seconds at a time. Against a record of another moment they are the
 * unit of evidence: what slows one request down slows down all that are answered beside it, so that the requests of a busy
 * machine's slow spell are one event, however many they are. Moments of one spell are not independent either; that is why a
 * moment is as long as it is, and why the bet needs 16 of them at the least.
 */
export interface Moments {
  /** Those that have ended, in order of time: the newest `MOST_MOMENTS`. */
  readonly ended: readonly Moment[];
  /** Where time and counters stood when the present one began; null before the first. */
  readonly begun: { readonly at: number; readonly durations: Histogram | null } | null;
}

export const NO_MOMENTS: Moments = { ended: [], begun: null };

/**
 * Seconds that a moment lasts at least; it ends with a look, so that a longer interval between looks makes longer ones. A spell of
 * 20 s, as a `pulumi up` or a vacuum gives to a small machine, is then no more than 5 moments, a third of what a proof needs;
 * and the proof does not take minutes.
 */
export const MOMENT_SECONDS = 5;

/** After so long a moment ends with the requests to tell one quantile; until then it waits for those to tell all. */
const LONG_MOMENT_SECONDS = 30;

/** Half an hour of the shortest: enough to prove that two of three are slow, and some 20 KiB as JSON. */
export const MOST_MOMENTS = 360;

/** A moment may be called late for so long. */
const LATE_SECONDS = 60;

/** A new bet begins this often. */
const BET_EVERY_SECONDS = 60;

/** A look at the candidate's durations, which are cumulative. */
export interface DurationsSeen {
  /** Seconds that the stage's traffic has been in force. */
  readonly at: number;
  /** Null where none was measured yet. */
  readonly durations: Histogram | null;
}

/**
 * Ends the moment with this look, if it has lasted long enough and has requests enough to tell a quantile. What was not read ends none:
 * it is counted in the moment in which it is read. The first look only begins one.
 */
export function noteMoment(moments: Moments, seen: DurationsSeen, quantiles: readonly number[]): Moments {
  const { begun, ended } = moments;
  if (begun === null) return { ...moments, begun: seen };
  const seconds = seen.at - begun.at;
  if (seconds < MOMENT_SECONDS || seen.durations === null) return moments;
  const own = since(begun.durations, seen.durations);
  const told = quantiles.filter((share) => isTold(own, share));
  const isEnough = seconds < LONG_MOMENT_SECONDS ? told.length === quantiles.length : told.length > 0;
  if (!isEnough) return moments;
  const moment: Moment = {
    at: rounded(seen.at, 10),
    quantiles: Object.fromEntries(told.map((share) => [share, rounded(toldQuantile(own, share) ?? 0, 1e6)])),
  };
  return { ended: [...ended, moment].slice(-MOST_MOMENTS), begun: seen };
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

/** Moments that tell a quantile, and those of them in which it was above a limit. */
export interface SlowMoments {
  readonly slow: number;
  readonly all: number;
}

export function slowMoments(moments: readonly Moment[], share: number, limit: number): SlowMoments {
  const told = moments.flatMap(({ quantiles }) => quantiles[share] ?? []);
  return { slow: told.filter((seconds) => seconds > limit).length, all: told.length };
}

/**
 * Moments that have one before them, and those that were slow like the one before. A spell slows down the moments in which it begins and
 * ends by a little of it already; alone they would count as much as those that it fills.
 */
function slowInARow(moments: readonly Moment[], share: number, limit: number): SlowMoments {
  const told = moments.flatMap(({ quantiles }) => quantiles[share] ?? []);
  const pairs = told.slice(1).map((seconds, before) => Math.min(seconds, told[before] ?? 0));
  return { slow: pairs.filter((seconds) => seconds > limit).length, all: pairs.length };
}

/**
 * A bet that in more than half of the moments a quantile is above its limit, and was in the moment before (see `bets.ts`; a version at its
 * limit is above it in half of them). Bets begin with every minute of the soak, so that a version that turns slow after an hour need not outweigh the hour: the
 * first has half of the stake, the next ones 1/6, 1/12, 1/20, …, which are one unit together, so that their winnings may be summed up.
 *
 * Where every moment is slow, a bet wins (2^n - 1) / n by n of them. With two quantiles, which have half of the evidence each, a proof
 * from 2000 on, as by default, takes 16 slow moments from the beginning if both are above their limits, 18 if one is; 27 and 28 after
 * ten minutes that were fast, 32 and 33 after an hour.
 */
export function evidenceOfSlowMoments(moments: readonly Moment[], share: number, limit: number): number {
  const [oldest, newest] = [moments[0], moments.at(-1)];
  if (!oldest || !newest) return 1;
  // A bet of which moments are forgotten is given up.
  const first = moments.length < MOST_MOMENTS ? 0 : Math.ceil(oldest.at / BET_EVERY_SECONDS);
  const last = Math.floor(newest.at / BET_EVERY_SECONDS);
  const stakeLeft = 1 / (last + 2);
  let winnings = stakeLeft;
  for (let minute = first; minute <= last; minute += 1) {
    const since = moments.filter(({ at }) => at >= minute * BET_EVERY_SECONDS);
    const { slow, all } = slowInARow(since, share, limit);
    winnings += evidenceAbove(0.5, slow, all - slow) / ((minute + 1) * (minute + 2));
  }
  return winnings;
}

/** Whether a quantile is above its limit still: in more than half of the last minute's moments. A spell that is over is no reason to take users back. */
export function isSlowOfLate(moments: readonly Moment[], now: number, share: number, limit: number): boolean {
  const { slow, all } = slowMoments(
    moments.filter(({ at }) => at > now - LATE_SECONDS),
    share,
    limit,
  );
  return slow * 2 > all;
}
