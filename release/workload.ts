import { activeSlot, COLOURS, type Colour, type Release, type Slot } from "./release.ts";

/** What runs pods: one Deployment a colour, or a single one that is rolled. */
export const WORKLOADS = [...COLOURS, "rolling"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** Percent of public traffic by workload; every workload named here has a Service behind the entrance. */
export type Weights = Readonly<Partial<Record<Workload, number>>>;

/** A workload's images that passed smoke test and warm-up since it was last parked. */
export type Tested = Readonly<Partial<Record<Workload, string>>>;

/** The workload in which a slot runs. */
export const workloadOf = (release: Release, slot: Slot): Workload =>
  release.strategy === "rolling" ? "rolling" : slot.colour;

/** Both colours are always behind the entrance, so that it knows their pods before the first request. */
export function weightsOf(release: Release): Weights {
  if (release.strategy === "rolling") return { rolling: 100 };
  const candidate = release.phase === "canary" ? release.weight : 0;
  const weights: Record<Colour, number> = { blue: candidate, green: candidate };
  weights[activeSlot(release).colour] = 100 - candidate;
  return weights;
}
