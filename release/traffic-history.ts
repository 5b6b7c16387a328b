import type { ColourEvidence } from "./judge/evidence.ts";
import { quantile, since } from "./judge/histogram.ts";

/**
 * How traffic, failures and durations developed while a candidate was watched: what a guard keeps
 * for reports. Plain JSON, and never more than some hundred entries, however long it watches.
 */
export interface Course {
  /** Every change of the entrance that was seen. */
  readonly shares: readonly NotedShare[];
  readonly intervals: readonly NotedInterval[];
  /** Where the counters stood when the last interval ended; null before the first. */
  readonly mark: CourseMark | null;
}

export interface NotedShare {
  /** Milliseconds since the epoch, like all times here. */
  readonly at: number;
  /** Percent of the public traffic on the candidate. */
  readonly candidate: number;
  /** The field manager that wrote it. */
  readonly by: string;
}

export interface NotedInterval {
  /** When it ended. */
  readonly at: number;
  readonly seconds: number;
  /** Null: not measured. */
  readonly active: NotedAnswers | null;
  readonly candidate: NotedAnswers | null;
}

/** Quantiles in seconds; null where there are none, or beyond what was counted. */
export interface NotedAnswers {
  readonly requests: number;
  readonly failures: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

interface CourseMark {
  readonly at: number;
  /** The attempt whose counters these are; another one counts from zero. */
  readonly number: number;
  readonly active: Counters;
  readonly candidate: Counters;
}

type Counters = Pick<ColourEvidence, "requests" | "durations">;

export const NO_COURSE: Course = { shares: [], intervals: [], mark: null };

/** Seconds that an interval lasts at least. */
export const INTERVAL_SECONDS = 5;
/** With more intervals than this, neighbours are merged. */
const MOST_INTERVALS = 120;
/** The oldest are dropped first; a release has a dozen. */
const MOST_SHARES = 60;

/** What the entrance gave the candidate; noted only when the share or its writer has changed. */
export function noteShare(course: Course, share: NotedShare): Course {
  const last = course.shares.at(-1);
  if (last?.candidate === share.candidate && last.by === share.by) return course;
  return { ...course, shares: [...course.shares, share].slice(-MOST_SHARES) };
}

/** One look at both colours' counters, which are cumulative since the attempt's stage began. */
export interface CountersSeen {
  readonly at: number;
  readonly number: number;
  readonly active: Counters;
  readonly candidate: Counters;
}

/**
 * Ends an interval with this look, if it has lasted long enough; the first look of an attempt only
 * begins one.
 */
export function noteAnswers(course: Course, seen: CountersSeen): Course {
  const { mark } = course;
  const { at, number } = seen;
  const next: CourseMark = {
    at,
    number,
    active: countersOf(seen.active),
    candidate: countersOf(seen.candidate),
  };
  if (mark?.number !== number) return { ...course, mark: next };
  const seconds = (at - mark.at) / 1000;
  if (seconds < INTERVAL_SECONDS) return course;
  const interval: NotedInterval = {
    at,
    seconds,
    active: between(mark.active, next.active),
    candidate: between(mark.candidate, next.candidate),
  };
  const intervals = [...course.intervals, interval];
  return {
    ...course,
    mark: next,
    intervals: intervals.length > MOST_INTERVALS ? inPairs(intervals) : intervals,
  };
}

const countersOf = ({ requests, durations }: Counters): Counters => ({ requests, durations });

function between(before: Counters, now: Counters): NotedAnswers | null {
  if (now.requests === null) return null;
  const durations = now.durations && since(before.durations, now.durations);
  const at = (share: number) => (durations ? rounded(quantile(durations, share)) : null);
  return {
    requests: now.requests.count - (before.requests?.count ?? 0),
    failures: now.requests.failures - (before.requests?.failures ?? 0),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}

/** Rounded to microseconds: a histogram is no more exact, and a chart less. */
const rounded = (seconds: number | null): number | null =>
  seconds === null ? null : Math.round(seconds * 1e6) / 1e6;

function inPairs(intervals: readonly NotedInterval[]): NotedInterval[] {
  return intervals.flatMap((one, at) => {
    if (at % 2 === 1) return [];
    const two = intervals[at + 1];
    if (!two) return [one];
    return [
      {
        at: two.at,
        seconds: one.seconds + two.seconds,
        active: joined(one.active, two.active),
        candidate: joined(one.candidate, two.candidate),
      },
    ];
  });
}

/** Both intervals in one: counts are added up, and the higher of two quantiles stays. */
export function joined<One extends NotedAnswers | null>(one: One, two: One): One {
  if (one === null || two === null) return one ?? two;
  return {
    ...one,
    requests: one.requests + two.requests,
    failures: one.failures + two.failures,
    p50: highest(one.p50, two.p50),
    p95: highest(one.p95, two.p95),
    p99: highest(one.p99, two.p99),
  };
}

const highest = (one: number | null, two: number | null): number | null =>
  one === null || two === null ? (one ?? two) : Math.max(one, two);
