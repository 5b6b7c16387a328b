import { median } from "../schema/statistics.ts";
import type { Account, Row } from "./account.ts";
import { LEGS, type Leg, type Legs } from "./job-course.ts";
import { PARTS, type Part, type Split } from "./split.ts";
import type { Goal } from "./walks.ts";

/** What one command of a walk took, in every round. */
export interface StageFigures {
  readonly title: string;
  /** How it was asked for, in the words that a person types. */
  readonly door: string;
  readonly goal?: Goal | undefined;
  readonly accounts: readonly Account[];
}

/** Of all rounds, each in the middle; seconds. */
export interface MiddleAccount extends Account {
  readonly fastest: number;
  readonly slowest: number;
}

export function middleOf(accounts: readonly Account[]): MiddleAccount {
  const seconds = accounts.map((one) => one.seconds);
  const parts = [...PARTS, "between"] as const;
  const part = (name: Part | "between") => median(accounts.map(({ split }) => split[name]));
  return {
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    processorSeconds: median(accounts.map((one) => one.processorSeconds)),
    split: Object.fromEntries(parts.map((name) => [name, part(name)])) as Split,
    rows: middleRows(accounts.flatMap(({ rows }) => rows)),
  };
}

/** Rows of the same title are one, in the order in which they begin. */
export function middleRows(rows: readonly Row[]): Row[] {
  return [...Map.groupBy(rows, ({ title }) => title)]
    .map(([title, all]) => ({
      title,
      begun: median(all.map(({ begun }) => begun)),
      idle: median(all.map(({ idle }) => idle)),
      seconds: median(all.map(({ seconds }) => seconds)),
      legs: Object.fromEntries(LEGS.flatMap((leg) => middleLeg(all, leg))) as Legs,
    }))
    .sort((one, two) => one.begun - two.begun);
}

function middleLeg(rows: readonly Row[], leg: Leg): [Leg, number][] {
  const seen = rows.flatMap(({ legs }) => legs[leg] ?? []);
  return seen.length > 0 ? [[leg, median(seen)]] : [];
}

/** A goal, and by how much it is held; seconds. */
export interface Verdict {
  readonly limit: number;
  /** What counts for it, in the middle. */
  readonly found: number;
  readonly holds: boolean;
}

/** What is said of a goal, the limit first and then what it is to come down to. */
export function verdictsOf({ goal, accounts }: StageFigures): Verdict[] {
  if (!goal) return [];
  const { mostSeconds, aimSeconds, besidesPods } = goal;
  const found = median(accounts.map(({ seconds, split }) => (besidesPods ? seconds - split.pods : seconds)));
  const limits = aimSeconds === undefined ? [mostSeconds] : [mostSeconds, aimSeconds];
  return limits.map((limit) => ({ limit, found, holds: found <= limit }));
}
