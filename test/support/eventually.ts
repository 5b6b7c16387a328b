import { setTimeout as sleep } from "node:timers/promises";

/** Awaits a condition; fails with its last value when it never holds. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean = Boolean,
  milliseconds = 10_000,
): Promise<T> {
  for (const until = Date.now() + milliseconds; ; await sleep(10)) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > until)
      throw new Error(`Still not so after ${milliseconds} ms: ${JSON.stringify(value)}`);
  }
}
