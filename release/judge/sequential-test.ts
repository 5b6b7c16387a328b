import betaDistribution from "@stdlib/math-base-special-kernel-betainc";

/**
 * Bets on a yes-or-no question that is asked again and again: does the next one hit? If the
 * probability of a hit is at most p, the winnings ever reach 1/α with a probability of at most α,
 * even if one looks after every answer and stops at will (Ville's inequality). So nothing has to be
 * corrected for looking often, and there is no schedule to keep.
 *
 * The bet spreads one unit evenly over every probability above p (below, for the other question)
 * and multiplies it with each answer's likelihood ratio: ∫ q^h (1-q)^m dq / ((1-p) p^h (1-p)^m), q
 * from p to 1. That is the tail of the Beta(h+1, m+1) distribution over its density at p. Sources:
 * Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", 1970 (the mixture);
 * Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022 (its use on
 * canaries).
 */

/** Winnings are capped here, so that they stay plain JSON. */
export const MOST_EVIDENCE = 1e12;

/**
 * Winnings of a bet that hits are more likely than `probability`.
 *
 * @param probability the highest one by the hypothesis that is bet against; 0 to 1
 * @param hits 0 or more
 * @param misses 0 or more
 * @returns 1 without data, more with more evidence for "above", at most `MOST_EVIDENCE`
 */
export function evidenceAbove(probability: number, hits: number, misses: number): number {
  if (hits + misses === 0) return 1;
  if (probability >= 1) return 0;
  if (probability <= 0) return hits > 0 ? MOST_EVIDENCE : 1 / (misses + 1);
  const [tail = 0, density = 0] = betaDistribution(probability, hits + 1, misses + 1, true, true);
  return winnings(tail, density * (1 - probability));
}

/**
 * The stake of the bet that begins with a minute; all of them together have one unit: 1/2, 1/6,
 * 1/12, 1/20, … The winnings of bets that begin one after the other, each with its own stake, may
 * be added up.
 */
export const stakeOf = (minute: number): number => 1 / ((minute + 1) * (minute + 2));

/** What is left of the unit for the bets of later minutes. */
export const stakeLeftAfter = (minute: number): number => 1 / (minute + 2);

/**
 * Winnings of a bet that hits are less likely than `probability`; the mirror image of
 * `evidenceAbove`.
 */
export const evidenceBelow = (probability: number, hits: number, misses: number): number =>
  evidenceAbove(1 - probability, misses, hits);

/**
 * Seen at 1e-290: the library's factors underflow before their product does, which costs digits of
 * the quotient.
 */
const LEAST_TAIL = 1e-200;

/**
 * Where tail and density underflow, the data lie far on the other side, so there is no evidence.
 */
const winnings = (tail: number, stake: number): number =>
  tail < LEAST_TAIL ? 0 : Math.min(MOST_EVIDENCE, tail / stake);

/**
 * The lowest probability that a bet on "below" would have ruled out: in all but the share `error`
 * of runs it is above the true one at all times.
 *
 * @param hits of `count`
 * @param error above 0, below 1
 * @returns above hits / count; 1 where nothing is known
 */
export function upperBound(hits: number, count: number, error: number): number {
  if (hits >= count) return 1;
  const isRuledOut = (probability: number) => evidenceBelow(probability, hits, count - hits) >= 1 / error;
  return boundary(1, hits / count, isRuledOut);
}

/**
 * The highest probability that a bet on "above" would have ruled out: in all but the share `error`
 * of runs it is below the true one at all times.
 */
export const lowerBound = (hits: number, count: number, error: number): number =>
  1 - upperBound(count - hits, count, error);

/** Bisects between a probability that is ruled out and one that is not, to within a thousandth. */
function boundary(outside: number, inside: number, isRuledOut: (probability: number) => boolean): number {
  let [out, within] = [outside, inside];
  while (out - within > 1e-3 * out * (1 - within) + 1e-9) {
    // The bound is often near 0: steps by ratio there.
    const middle = within > 0 && out > 2 * within ? Math.sqrt(out * within) : (out + within) / 2;
    if (isRuledOut(middle)) out = middle;
    else within = middle;
  }
  return out;
}

/**
 * About how many more answers it takes until a bet on "below" rules out `probability`, if hits come
 * with `rate` from now on. With each, the winnings grow by the Kullback-Leibler divergence, less
 * what it costs to spread them.
 *
 * @param hits so far, of `count`
 * @returns at least 1; null if the bet never will
 */
export function answersMissing(
  probability: number,
  { hits, count }: { readonly hits: number; readonly count: number },
  rate: number,
  error: number,
): number | null {
  if (rate >= probability) return null;
  const needed = Math.log(1 / error) + COST_OF_SPREADING;
  const isEnough = (more: number) =>
    divergence((hits + more * rate) / (count + more), probability) * (count + more) >= needed;
  let most = 1;
  while (!isEnough(most)) {
    if (most > MOST_ANSWERS) return null;
    most *= 2;
  }
  let least = most / 2;
  while (most - least > 1 && most - least > 0.01 * most) {
    const middle = Math.round((least + most) / 2);
    if (isEnough(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/**
 * What one answer says for `rate` and against `probability`, in nats; 0 where it speaks against
 * `rate`.
 */
function divergence(rate: number, probability: number): number {
  if (rate >= probability) return 0;
  const hit = rate > 0 ? rate * Math.log(rate / probability) : 0;
  return hit + (1 - rate) * Math.log((1 - rate) / (1 - probability));
}

/** Longer estimates are not reported: nobody waits that long. */
const MOST_ANSWERS = 1e9;

/**
 * Measured against the bet itself: within a tenth for rates of 0 to 5 % and limits of 0.5 to 10 %.
 */
const COST_OF_SPREADING = 1.25;
