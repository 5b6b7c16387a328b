const EVERY_MILLISECONDS = 5_000;
/** Rates are measured over this time, pauses included. */
const WINDOW_MILLISECONDS = 30_000;
const SAMPLE_MILLISECONDS = 1_000;

/** Logs now and then how far a walk is, how fast, and how long it will still take. */
export class ProgressLog {
  readonly #log: (line: string) => void;
  readonly #label: string;
  readonly #expected: number;
  readonly #samples: { readonly at: number; readonly rows: number }[];
  #told = performance.now();
  #rows: number;

  /** `expected` rows, negative when nobody knows, of which `rows` are done already. */
  constructor(log: (line: string) => void, label: string, expected: number, rows = 0) {
    this.#log = log;
    this.#label = label;
    this.#expected = expected;
    this.#rows = rows;
    this.#samples = [{ at: performance.now(), rows }];
  }

  /** Counts rows that are done; rows per second of the last half minute, pauses included. */
  add(rows: number): number {
    this.#rows += rows;
    const now = performance.now();
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    const since = first ?? { at: now, rows: this.#rows };
    if (last === undefined || now - last.at > SAMPLE_MILLISECONDS) {
      this.#samples.push({ at: now, rows: this.#rows });
      if (now - since.at > WINDOW_MILLISECONDS) this.#samples.shift();
    }
    const seconds = Math.max((now - since.at) / 1000, 0.001);
    return (this.#rows - since.rows) / seconds;
  }

  /** Logs one line, if the last one was long enough ago. */
  tell(): void {
    const now = performance.now();
    if (now - this.#told < EVERY_MILLISECONDS) return;
    this.#told = now;
    const rowsPerSecond = this.add(0);
    const left = this.#expected - this.#rows;
    const share = left > 0 ? ` of about ${this.#expected}` : "";
    const rest = left > 0 && rowsPerSecond > 0 ? `, about ${duration(left / rowsPerSecond)} left` : "";
    this.#log(`${this.#label}: ${this.#rows}${share} rows, ${Math.round(rowsPerSecond)} rows/s${rest}`);
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
