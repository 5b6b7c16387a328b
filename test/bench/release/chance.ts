import { SeededRandom } from "../../../example/load/seeded-random.ts";

/** Seeded random numbers and the few distributions that simulated traffic needs. */
export class Chance extends SeededRandom {
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /**
   * Exact where few are expected; rounded normal above 50, where the difference is far below what
   * is measured.
   */
  poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let [count, product] = [0, this.next()];
    for (const floor = Math.exp(-mean); product > floor; count++) product *= this.next();
    return count;
  }

  /**
   * Exact where few hits (or few misses) are expected, by the gaps between them; rounded
   * normal otherwise.
   */
  binomial(count: number, probability: number): number {
    if (count <= 0 || probability <= 0) return 0;
    if (probability >= 1) return count;
    if (probability > 0.5) return count - this.binomial(count, 1 - probability);
    const mean = count * probability;
    if (mean > 50) {
      const drawn = Math.round(mean + Math.sqrt(mean * (1 - probability)) * this.normal());
      return Math.min(count, Math.max(0, drawn));
    }
    const rarity = Math.log1p(-probability);
    let [hits, position] = [-1, 0];
    for (; position <= count; hits++) position += Math.floor(Math.log(1 - this.next()) / rarity) + 1;
    return hits;
  }
}
