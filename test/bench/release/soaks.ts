import { Chance } from "./chance.ts";
import { simulateStage, type Behaviour, type Spells } from "./simulated-release.ts";

/** What a soak is like after a rung at which the machine was quiet. */
export interface SoakKind {
  /** How many times as long as on the record the candidate's answers take. */
  readonly slower: number;
  readonly spells?: Spells;
  /** Requests a second, if not `SOAK_RATE`. */
  readonly rate?: number;
}

export const SPELLS: Spells = { apart: 240, last: 20, slower: 10 };
const MANY_SPELLS: Spells = { ...SPELLS, apart: 60 };

export const SOAKS = {
  "as fast as on record": { slower: 1 },
  "as fast, slow spells four minutes apart": { slower: 1, spells: SPELLS },
  "slower by a tenth, slow spells four minutes apart": { slower: 1.1, spells: SPELLS },
  "as fast, slow spells a minute apart": { slower: 1, spells: MANY_SPELLS },
  "twice as slow": { slower: 2 },
  "twice as slow, slow spells a minute apart": { slower: 2, spells: MANY_SPELLS },
  "three times as slow": { slower: 3 },
  "three times as slow, 3 requests a second": { slower: 3, rate: 3 },
} as const satisfies Record<string, SoakKind>;
export type SoakName = keyof typeof SOAKS;
export const SOAK_NAMES = Object.keys(SOAKS) as SoakName[];

/** Seconds of a soak, as `zero-downtime:soak` has it by default. */
export const SOAK_SECONDS = 600;
/** Requests a second of those that say nothing else. */
export const SOAK_RATE = 800;

export interface Soak {
  readonly name: SoakName;
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly seconds: number;
}

/**
 * The soak of a number: a record at rung 50, then all traffic, looked at every two seconds until it
 * fails or is over.
 */
export function runSoak(name: SoakName, number: number): Soak {
  const chance = new Chance(number * 7919 + 1);
  const steady: Behaviour = {
    failing: 0.001,
    median: chance.between(0.01, 0.08),
    spread: chance.between(0.4, 1),
    leak: 0,
  };
  const { slower, spells, rate = SOAK_RATE }: SoakKind = SOAKS[name];
  const record = simulateStage(chance, { rate, baseline: steady, candidate: steady }, 50);
  const candidate = { ...steady, median: steady.median * slower };
  const traffic = { rate, baseline: steady, candidate, ...(spells && { spells }) };
  const { verdict, seconds } = simulateStage(chance, traffic, 100, {
    record,
    patience: SOAK_SECONDS,
    looks: [2, 2],
    endsWithPass: false,
  });
  return { name, verdict, seconds };
}
