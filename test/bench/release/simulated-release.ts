import type {
  Baseline,
  ColourEvidence,
  Evidence,
  MinuteMark,
  PodSample,
} from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import type { Judgement } from "../../../release/judge/judgement.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../release/judge/limits.ts";
import { noteMinute } from "../../../release/judge/minute-windows.ts";
import { NO_MOMENTS, noteMoment } from "../../../release/judge/soak-windows.ts";
import type { Chance } from "./chance.ts";

/** How a colour behaves. */
export interface Behaviour {
  /** Share of its requests that fail. */
  readonly failing: number;
  /** Durations are lognormal: the middle one in seconds, and the spread of their logarithm. */
  readonly median: number;
  readonly spread: number;
  /** Bytes a second by which each pod's memory grows. */
  readonly leak: number;
}

export interface Traffic {
  /** Requests a second, both colours together. */
  readonly rate: number;
  readonly baseline: Behaviour;
  readonly candidate: Behaviour;
  readonly spells?: Spells;
}

/** The machine is slow at times, and so is every answer of these times. */
export interface Spells {
  /**
   * Seconds between two spells, in the middle of an exponential distribution; the first
   * begins at once.
   */
  readonly apart: number;
  /** Seconds that each lasts. */
  readonly last: number;
  /** How many times as long an answer takes. */
  readonly slower: number;
}

export interface Stage {
  readonly weight: number;
  readonly verdict: Judgement["verdict"];
  /** Seconds and requests of the candidate at the verdict, or at the end of patience. */
  readonly seconds: number;
  readonly requests: number;
  readonly evidence: Evidence;
}

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PODS = 2;
const MOST_SAMPLES = 60;
const MEMORY = 100 * 1024 * 1024;

/** Counters of one colour's pods, as a guard would have read them. */
class Colour {
  #count = 0;
  #failures = 0;
  readonly #atMost = BOUNDS.map(() => 0);
  #samples: PodSample[][] = Array.from({ length: PODS }, () => []);
  readonly #shares: readonly number[];
  readonly #slowShares: readonly number[];
  readonly #chance: Chance;
  readonly #behaviour: Behaviour;

  constructor(chance: Chance, behaviour: Behaviour, slower = 1) {
    this.#chance = chance;
    this.#behaviour = behaviour;
    this.#shares = sharesOf(behaviour, 1);
    this.#slowShares = sharesOf(behaviour, slower);
  }

  /** @param slow how many of the requests come in a slow spell */
  serve(requests: number, seconds: number, at: number, slow = 0): void {
    const { failing, leak } = this.#behaviour;
    this.#count += requests;
    this.#failures += this.#chance.binomial(requests, failing);
    this.#time(requests - slow, this.#shares);
    this.#time(slow, this.#slowShares);
    const load = requests / seconds / PODS;
    this.#samples = this.#samples.map((samples) => {
      const bytes = MEMORY * (1 + this.#chance.between(-0.1, 0.1)) + leak * at;
      const cores = (0.02 + load * 0.002) * Math.exp(0.2 * this.#chance.normal());
      const all = [...samples, { at, cores, bytes }];
      return all.length > MOST_SAMPLES ? all.filter((_, index) => index % 2 === 1) : all;
    });
  }

  #time(requests: number, shares: readonly number[]): void {
    let [left, below] = [requests, 0];
    shares.forEach((share, index) => {
      left -= this.#chance.binomial(left, below < 1 ? (share - below) / (1 - below) : 1);
      below = share;
      this.#atMost[index] = (this.#atMost[index] ?? 0) + requests - left;
    });
  }

  get evidence(): ColourEvidence {
    return {
      requests: { count: this.#count, failures: this.#failures },
      durations: { bounds: BOUNDS, atMost: [...this.#atMost], count: this.#count },
      pods: this.#samples.map((samples, index) => ({ name: String(index), samples })),
    };
  }
}

const sharesOf = ({ median, spread }: Behaviour, slower: number): number[] =>
  BOUNDS.map((bound) => normalShare(Math.log(bound / (median * slower)) / spread));

/** Which part of the time between two looks lies in slow spells; looks come in order. */
function spellsBy(chance: Chance, spells: Spells | undefined): (from: number, to: number) => number {
  if (!spells) return () => 0;
  let begin = 0;
  return (from, to) => {
    let slow = 0;
    while (begin < to) {
      slow += Math.max(0, Math.min(to, begin + spells.last) - Math.max(from, begin));
      if (begin + spells.last > to) break;
      begin += spells.last - spells.apart * Math.log(1 - chance.next());
    }
    return slow / (to - from);
  };
}

interface StageOptions {
  readonly limits?: Limits;
  readonly patience?: number;
  readonly record?: Stage;
  /** Seconds between two looks, at least and at most. */
  readonly looks?: readonly [least: number, most: number];
  /** A pass ends it; a soak is watched on. */
  readonly endsWithPass?: boolean;
}

/**
 * One stage, looked at every few seconds, until there is a verdict or `patience` seconds are over.
 */
export function simulateStage(
  chance: Chance,
  traffic: Traffic,
  weight: number,
  options: StageOptions = {},
): Stage {
  const { limits = DEFAULT_LIMITS, patience = 3 * 3600, record } = options;
  const { looks = [2, 5], endsWithPass = true } = options;
  const candidate = new Colour(chance, traffic.candidate, traffic.spells?.slower);
  const baseline = new Colour(chance, traffic.baseline, traffic.spells?.slower);
  const slowPart = spellsBy(chance, traffic.spells);
  const quantiles = limits.durations?.quantiles ?? [];
  let minutes: readonly MinuteMark[] = [];
  let moments = noteMoment(NO_MOMENTS, { at: 0, durations: null }, quantiles);
  for (let seconds = 0; ;) {
    const gap = chance.between(...looks);
    const slow = slowPart(seconds, seconds + gap);
    seconds += gap;
    const requests = chance.poisson(traffic.rate * gap);
    const own = chance.binomial(requests, weight / 100);
    candidate.serve(own, gap, seconds, Math.round(own * slow));
    if (weight < 100) baseline.serve(requests - own, gap, seconds, Math.round((requests - own) * slow));
    const seen = candidate.evidence;
    if (weight === 100) moments = noteMoment(moments, { at: seconds, durations: seen.durations }, quantiles);
    if (weight === 100 && seen.requests) minutes = noteMinute(minutes, seconds, seen.requests);
    const evidence: Evidence = {
      seconds,
      weight,
      candidate: seen,
      baseline: baselineOf(weight, baseline, record),
      moments: moments.ended,
      minutes,
      unread: [],
    };
    const { verdict } = judge(evidence, limits);
    const isOver = verdict === "fail" || (verdict === "pass" && endsWithPass);
    if (isOver || seconds > patience)
      return { weight, verdict, seconds, requests: seen.requests?.count ?? 0, evidence };
  }
}

function baselineOf(weight: number, baseline: Colour, record: Stage | undefined): Baseline {
  if (weight < 100) return { kind: "concurrent", colour: baseline.evidence };
  if (record?.evidence.baseline.kind !== "concurrent") return { kind: "none" };
  return { kind: "recorded", seconds: record.seconds, colour: record.evidence.baseline.colour };
}

/** A whole release: every rung and the soak in `switch`, up to the first that does not pass. */
export function simulateRelease(
  chance: Chance,
  traffic: Traffic,
  limits: Limits = DEFAULT_LIMITS,
): readonly Stage[] {
  const stages: Stage[] = [];
  for (const weight of [...limits.rungs, 100]) {
    const record = stages.at(-1);
    const stage = simulateStage(chance, traffic, weight, { limits, ...(record && { record }) });
    stages.push(stage);
    if (stage.verdict !== "pass") break;
  }
  return stages;
}

/**
 * The part of a normal distribution below `z` (Abramowitz and Stegun 26.2.17, error below 1e-7).
 */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return z > 0 ? 1 - above : above;
}
