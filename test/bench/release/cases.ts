import { Chance } from "./chance.ts";
import { simulateRelease, simulateStage, type Behaviour, type Stage } from "./simulated-release.ts";

export const RATES = [100, 300, 1000] as const;
export const BACKGROUNDS = [0, 0.001, 0.005, 0.01] as const;

/** What is wrong with a candidate. */
export const FAULTS = {
  "2 % failures": { failing: 0.02 },
  "5 % failures": { failing: 0.05 },
  "100 % failures": { failing: 1 },
  "doubled latency": { slower: 2 },
  "memory leak, 0.5 MiB/s a pod": { leak: 512 * 1024 },
} as const satisfies Record<string, { failing?: number; slower?: number; leak?: number }>;
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as Fault[];

/** A few numbers of every stage are all that is kept of a case. */
export type Outcome = Pick<Stage, "weight" | "verdict" | "seconds" | "requests">;

export interface Case {
  readonly kind: "headline" | "healthy" | "10 % slower" | Fault;
  readonly rate: number;
  readonly background: number;
  readonly outcomes: readonly Outcome[];
}

/** The case of a number: the kinds take turns through traffic levels and backgrounds. */
export function runCase(kind: Case["kind"], number: number): Case {
  const chance = new Chance(
    number * 7919 + [...kind].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0),
  );
  const rate = RATES[number % RATES.length] ?? 100;
  const background = BACKGROUNDS[Math.floor(number / RATES.length) % BACKGROUNDS.length] ?? 0;
  const steady: Behaviour = {
    failing: background,
    median: chance.between(0.01, 0.08),
    spread: chance.between(0.4, 1),
    leak: 0,
  };
  if (kind === "headline") {
    const baseline = { ...steady, failing: 0.001 };
    const traffic = { rate: 100, baseline, candidate: { ...baseline, failing: 0.05 } };
    const stage = simulateStage(chance, traffic, 5, { patience: 300 });
    return { kind, rate: 100, background: 0.001, outcomes: [outcome(stage)] };
  }
  const candidate = kind === "healthy" ? steady : broken(steady, kind);
  const stages = simulateRelease(chance, { rate, baseline: steady, candidate });
  return { kind, rate, background, outcomes: stages.map(outcome) };
}

function broken(steady: Behaviour, fault: Fault | "10 % slower"): Behaviour {
  if (fault === "10 % slower") return { ...steady, median: steady.median * 1.1 };
  const { failing, slower, leak }: { failing?: number; slower?: number; leak?: number } = FAULTS[fault];
  return {
    ...steady,
    failing: failing ?? steady.failing,
    median: steady.median * (slower ?? 1),
    leak: leak ?? 0,
  };
}

const outcome = ({ weight, verdict, seconds, requests }: Stage): Outcome => ({
  weight,
  verdict,
  seconds,
  requests,
});
