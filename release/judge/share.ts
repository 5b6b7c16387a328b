import type { Evidence } from "./evidence.ts";

/**
 * The candidate's share of the traffic that both colours serve: what it was given, or what it got
 * if that is more (testers by header, users who stay on it). Never less than the truth, so that a
 * bet on it is never too good.
 */
export function candidateShare({ weight, baseline, candidate }: Evidence): number {
  const beside = baseline.kind === "concurrent" ? (baseline.colour.requests?.count ?? 0) : 0;
  const own = candidate.requests?.count ?? 0;
  return Math.max(weight / 100, own > 0 ? own / (own + beside) : 0);
}
