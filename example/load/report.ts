import type { Second } from "./seconds.ts";
import type { Totals } from "./totals.ts";

/** The figures between two marks. */
export interface Segment {
  readonly label: string;
  readonly totals: Totals;
}

/** A failure or a wrong answer, for people. */
export interface Problem {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly segment: string;
  readonly connection: string;
  readonly request: string;
  readonly result: "failed" | "wrong";
  readonly kind: string;
  readonly detail: string;
}

/** What the look at every address that the load has created found in the end. */
export interface FinalCheck {
  /** Addresses whose creation was acknowledged. */
  readonly addresses: number;
  /** Of these, not found. */
  readonly lost: number;
  /** Of these, found with other values than last written. */
  readonly changed: number;
  /** Whether every address could be looked at; without it nothing is proven. */
  readonly complete: boolean;
  readonly seconds: number;
}

/** The end of a load. */
export interface Report {
  readonly totals: Totals;
  /** One for each mark, in order; the first, before any mark, is called "start". */
  readonly segments: readonly Segment[];
  /** Second by second, in order; those in which nothing came back are left out. */
  readonly seconds: readonly Second[];
  readonly check: FinalCheck;
  /** The first failures and wrong answers, at most 100. */
  readonly problems: readonly Problem[];
  /** CPU time of the load's own thread. */
  readonly cpuSeconds: number;
}

/**
 * Whether nothing was lost and nothing wrong, and everything was looked at; slow answers are for
 * the caller to judge.
 */
export function isClean({ totals, check }: Report): boolean {
  return (
    totals.failed === 0 &&
    totals.wrong === 0 &&
    totals.overflow === 0 &&
    check.complete &&
    check.lost + check.changed === 0
  );
}
