import betaDistribution from "@stdlib/math-base-special-kernel-betainc";

/** What a rung gave the new version, counted at the users' end. */
export interface RungShare {
  /** As configured, in percent. */
  readonly weight: number;
  readonly answers: number;
  /** Of these, from the new version. */
  readonly candidate: number;
}

/** Half of what lies outside the binomial 99.999 % interval. */
const TAIL = 0.000_005;

/**
 * True where so few or so many answers of the new version come by chance alone in less than one of
 * 200,000 runs. The tails are the binomial distribution's, as the incomplete beta function (NIST
 * Digital Library of Mathematical Functions, 8.17.5).
 */
export function isOffItsWeight({ weight, answers, candidate }: RungShare): boolean {
  const share = weight / 100;
  return (
    chanceOfAtLeast(candidate, answers, share) < TAIL ||
    1 - chanceOfAtLeast(candidate + 1, answers, share) < TAIL
  );
}

function chanceOfAtLeast(hits: number, count: number, probability: number): number {
  if (hits <= 0) return 1;
  if (hits > count) return 0;
  return betaDistribution(probability, hits, count - hits + 1, true, false)[0] ?? Number.NaN;
}
