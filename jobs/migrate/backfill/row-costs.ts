/** Steps that are remembered. */
const STEPS = 4;

/**
 * What a row costs a step, from the last few. Whoever else is given the processor only ever adds to
 * what a clock shows, so the quickest of them tells: on a busy machine steps would else become so
 * small that they are made of little else than their messages.
 */
export class RowCosts {
  readonly #costs: number[] = [];

  /** @returns milliseconds a row, by the last steps and this one */
  add(rows: number, milliseconds: number): number {
    this.#costs.push(milliseconds / rows);
    if (this.#costs.length > STEPS) this.#costs.shift();
    return Math.min(...this.#costs);
  }
}
