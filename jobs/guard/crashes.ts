/**
 * How often the containers of a colour's pods have ended, sidecars too: a pod that is not ready
 * while one of them starts again answers nobody, and counts no failure. Plain JSON.
 */
export interface Crashes {
  /** Restarts by `pod/container`, without those that have none. */
  readonly counts: Readonly<Record<string, number>>;
  /** When one ended lately, in seconds since the stage began. */
  readonly ends: Readonly<Record<string, readonly number[]>>;
}

/** A container that has ended as often within this time is not worth waiting for any longer. */
const TOO_OFTEN = 3;
const LATELY_SECONDS = 600;

/**
 * What is known after one more look. Restarts from before the first look are not the stage's; those
 * of a pod that comes later are.
 *
 * @param before null at the first look
 * @param restarts by `pod/container`, as one look found them
 * @param elapsed seconds since the stage began
 */
export function noteCrashes(
  before: Crashes | null,
  restarts: Readonly<Record<string, number>>,
  elapsed: number,
): Crashes {
  const ends: Record<string, readonly number[]> = {};
  for (const [key, count] of Object.entries(restarts)) {
    const fresh = before ? Math.max(0, count - (before.counts[key] ?? 0)) : 0;
    const late = (before?.ends[key] ?? []).filter((at) => elapsed - at <= LATELY_SECONDS);
    const all = [...late, ...Array.from({ length: Math.min(fresh, TOO_OFTEN) }, () => elapsed)];
    if (all.length > 0) ends[key] = all.slice(-TOO_OFTEN);
  }
  return { counts: restarts, ends };
}

/** The container that ends again and again, as `pod/container`; null where none does. */
export const crashing = (crashes: Crashes | null | undefined): string | null =>
  Object.entries(crashes?.ends ?? {}).find(([, ends]) => ends.length >= TOO_OFTEN)?.[0] ?? null;

/** `container proxy of pod shop-green-1 has ended 3 times within 10 minutes`. */
export function describeCrash(key: string): string {
  const [pod = "", container = ""] = key.split("/");
  return `container ${container} of pod ${pod} has ended ${TOO_OFTEN} times within ${LATELY_SECONDS / 60} minutes`;
}
