const EVERY_MILLISECONDS = 5_000;

/** Tells people now and then how far a walk is, how fast, and how long it will still take. */
export class ProgressLog {
  readonly #log: (line: string) => void;
  readonly #label: string;
  readonly #expected: number;
  readonly #begun = performance.now();
  #told = performance.now();
  #rows = 0;

  /** `expected` rows; negative when nobody knows. */
  constructor(log: (line: string) => void, label: string, expected: number) {
    this.#log = log;
    this.#label = label;
    this.#expected = expected;
  }

  add(rows: number): void {
    this.#rows += rows;
    const now = performance.now();
    if (now - this.#told < EVERY_MILLISECONDS) return;
    this.#told = now;
    const rate = this.#rows / ((now - this.#begun) / 1000);
    const left = this.#expected - this.#rows;
    const rest = left > 0 ? `, about ${duration(left / rate)} left` : "";
    this.#log(`${this.#label}: ${this.#rows} rows, ${Math.round(rate)} rows/s${rest}`);
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
