import { setTimeout as pause } from "node:timers/promises";

const LOOK_MILLISECONDS = 100;

/** Looks again and again until it is so. @throws {Error} when it is not after the limit */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMilliseconds = 60_000,
): Promise<void> {
  const end = Date.now() + limitMilliseconds;
  while (!(await isSo())) {
    if (Date.now() > end)
      throw new Error(`Cannot wait any longer until ${what}: ${limitMilliseconds} ms have passed`);
    await pause(LOOK_MILLISECONDS);
  }
}
