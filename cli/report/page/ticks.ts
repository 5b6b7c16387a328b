import { clock, dayAndClock } from "./format.ts";

/** A place on an axis that carries a label. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const SECOND = 1000;
const [MINUTE, HOUR, DAY] = [60 * SECOND, 3600 * SECOND, 86_400 * SECOND];

/** Distances between moments that a clock or a calendar makes round. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((count) => count * DAY),
];

/** Round values from 0 on; the last one is the first that is not below the highest value. */
export function valueTicks(highest: number, most: number): Tick[] {
  // Nothing but zeros, such as no failure at all, still needs a scale.
  const top = highest > 0 ? highest : 1;
  const power = 10 ** Math.floor(Math.log10(top / most));
  const step = power * ([1, 2, 5].find((factor) => factor * power * most >= top) ?? 10);
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => ({
    at: index * step,
    label: (index * step).toLocaleString("en-GB", { maximumSignificantDigits: 6 }),
  }));
}

/**
 * Round moments (UTC) between two, at most so many, labelled as exactly as their distance needs it.
 */
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const step = TIME_STEPS.find((each) => (to - from) / each < most) ?? 364 * DAY;
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * step;
    return { at, label: momentLabel(new Date(at).toISOString(), step) };
  });
}

function momentLabel(at: string, step: number): string {
  if (step >= DAY) return dayAndClock(at).split(" ", 2).join(" ");
  return step < MINUTE ? clock(at) : clock(at).slice(0, 5);
}
