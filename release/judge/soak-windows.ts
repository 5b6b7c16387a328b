import { evidenceAbove, stakeLeftAfter, stakeOf } from "./sequential-test.ts";
import type { Histogram, Moment } from "./evidence.ts";
import { since, toldQuantile } from "./histogram.ts";

/**
 * Moments of a soak: how long the candidate's answers took, a few seconds at a time. They, not
 * requests, are the unit of evidence against a record of another time: whatever slows one request
 * down slows down all that are answered at that time, so that a slow spell of a busy machine is one
 * event, however many requests it hits. Moments of one spell are not independent either; that is
 * why a moment lasts as long as it does, and why the bet needs at least 16 of them.
 *
 * Every quantile has moments of its own, as a high one needs more requests: with little traffic its
 * moments are longer, and those of a lower quantile neither wait for it nor cut it short.
 */
export interface Moments {
  /**
   * Those that have ended, in order of time: the newest `MOST_MOMENTS` of every quantile. Quantiles
   * whose moments end with the same look share one.
   */
  readonly ended: readonly Moment[];
  /**
   * Where time and counters stood when the present moment of a quantile began, by share; null
   * before the first look. A guard of an older program has kept one for all quantiles, under other
   * keys: then all begin anew.
   */
  readonly begun: Readonly<Record<string, DurationsSeen>> | null;
}

export const NO_MOMENTS: Moments = { ended: [], begun: null };

/**
 * Seconds that a moment lasts at least; it ends with a look, so that a longer interval between
 * looks makes longer moments. A spell of 20 s, such as a `pulumi up` or a vacuum causes on a small
 * machine, is then at most 5 moments, a third of what a proof needs; yet a proof does not take
 * minutes.
 */
export const MOMENT_SECONDS = 5;

/**
 * The same where a Prometheus is read. By most settings it scrapes each pod once in this many
 * seconds, each at another time, so a look sees requests of the last half minute. Shorter moments
 * would show a spell of a minute in 18 of them, which is a proof; moments of this length show it in
 * 4, or in 5 where pods are scraped once a minute.
 */
export const PROMETHEUS_MOMENT_SECONDS = 30;

/**
 * For one quantile: half an hour of the shortest moments, enough to prove that two of three are
 * slow, and some 20 KiB as JSON for two quantiles.
 */
export const MOST_MOMENTS = 360;

/** Recent moments are those that ended within this many seconds before the newest one's end. */
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
 * With this look, ends the moment of every quantile that has lasted long enough and has enough
 * requests. A look that read nothing ends none: what it missed counts in the moment in which it is
 * read. The first look only begins them.
 *
 * @param least seconds that a moment lasts at least
 */
export function noteMoment(
  moments: Moments,
  seen: DurationsSeen,
  quantiles: readonly number[],
  least = MOMENT_SECONDS,
): Moments {
  const present = quantiles.map((share) => {
    const begun = moments.begun?.[share] ?? seen;
    return { share, begun, told: toldBetween(begun, seen, share, least) };
  });
  const begun = Object.fromEntries(
    present.map((one) => [one.share, one.told === null ? one.begun : seen] as const),
  );
  const told = present.flatMap((one) => (one.told === null ? [] : [[one.share, one.told] as const]));
  if (told.length === 0) return { ...moments, begun };
  const moment: Moment = { at: rounded(seen.at, 10), quantiles: Object.fromEntries(told) };
  return { ended: newestOfEach([...moments.ended, moment], quantiles), begun };
}

/** A quantile of the requests between two looks; null where the moment continues. */
function toldBetween(begun: DurationsSeen, seen: DurationsSeen, share: number, least: number): number | null {
  if (seen.at - begun.at < least || seen.durations === null) return null;
  const told = toldQuantile(since(begun.durations, seen.durations), share);
  return told === null ? null : rounded(told, 1e6);
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

function newestOfEach(moments: readonly Moment[], quantiles: readonly number[]): readonly Moment[] {
  const kept = new Set(quantiles.flatMap((share) => telling(moments, share)));
  return moments.filter((moment) => kept.has(moment));
}

/**
 * The newest moments that have a quantile: earlier ones may have been dropped, and some of them
 * kept for another quantile.
 */
const telling = (moments: readonly Moment[], share: number): readonly Moment[] =>
  moments.filter(({ quantiles }) => quantiles[share] !== undefined).slice(-MOST_MOMENTS);

const secondsOf = (moments: readonly Moment[], share: number): readonly number[] =>
  telling(moments, share).flatMap(({ quantiles }) => quantiles[share] ?? []);

/** Moments that have a quantile, and those of them in which it was above a limit. */
export interface SlowMoments {
  readonly slow: number;
  readonly all: number;
}

export function slowMoments(moments: readonly Moment[], share: number, limit: number): SlowMoments {
  const told = secondsOf(moments, share);
  return { slow: told.filter((seconds) => seconds > limit).length, all: told.length };
}

/**
 * Moments that have one before them, and those that were slow as the one before was. A spell slows
 * down even the moments in which it begins and ends, with only a part of it; on their own they
 * would count as much as those that it fills.
 */
function slowInARow(moments: readonly Moment[], share: number, limit: number): SlowMoments {
  const told = secondsOf(moments, share);
  const pairs = told.slice(1).map((seconds, before) => Math.min(seconds, told[before] ?? 0));
  return { slow: pairs.filter((seconds) => seconds > limit).length, all: pairs.length };
}

/**
 * A bet that in more than half of the moments a quantile is above its limit, and was in the moment
 * before (see `sequential-test.ts`; a version at its limit is above it in half of them). Bets begin
 * with every minute of the soak, so that a version that turns slow after an hour need not outweigh
 * the hour: the first has half of the stake, the next ones 1/6, 1/12, 1/20, …, which are one unit
 * together, so that their winnings may be summed up.
 *
 * Where every moment is slow, a bet wins (2^n - 1) / n by n of them. With two quantiles, which have
 * half of the evidence each, a proof from 2000 on, as by default, takes 16 slow moments from the
 * beginning if both are above their limits, 18 if one is; 27 and 28 after ten minutes that were
 * fast, 32 and 33 after an hour.
 */
export function evidenceOfSlowMoments(moments: readonly Moment[], share: number, limit: number): number {
  const told = telling(moments, share);
  const [oldest, newest] = [told[0], told.at(-1)];
  if (!oldest || !newest) return 1;
  // A bet whose moments are partly dropped is given up.
  const first = told.length < MOST_MOMENTS ? 0 : Math.ceil(oldest.at / BET_EVERY_SECONDS);
  const last = Math.floor(newest.at / BET_EVERY_SECONDS);
  let winnings = stakeLeftAfter(last);
  for (let minute = first; minute <= last; minute += 1) {
    const sinceThen = told.filter(({ at }) => at >= minute * BET_EVERY_SECONDS);
    const { slow, all } = slowInARow(sinceThen, share, limit);
    winnings += stakeOf(minute) * evidenceAbove(0.5, slow, all - slow);
  }
  return winnings;
}

/**
 * Whether a quantile is still above its limit: in more than half of the moments of the newest
 * minute that was measured or, where a moment is longer than that, in the newest one. A spell that
 * is over is no reason to move users back.
 */
export function isSlowOfLate(moments: readonly Moment[], share: number, limit: number): boolean {
  const told = telling(moments, share);
  const newest = told.at(-1)?.at ?? 0;
  const { slow, all } = slowMoments(
    told.filter(({ at }) => at > newest - LATE_SECONDS),
    share,
    limit,
  );
  return slow * 2 > all;
}
