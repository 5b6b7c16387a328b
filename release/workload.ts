import { PHASES } from "./phases.ts";
import {
  activeSlot,
  COLOURS,
  isMoving,
  isWeighted,
  type Colour,
  type Release,
  type Slot,
} from "./release.ts";

/** What runs pods: one Deployment for each colour, or a single one that is rolled. */
export const WORKLOADS = [...COLOURS, "rolling"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** The application's container of a pod; any others were injected by somebody else. */
export const APP_CONTAINER = "app";

/**
 * Percent of public traffic by workload; every workload named here has a Service behind
 * the entrance.
 */
export type Weights = Readonly<Partial<Record<Workload, number>>>;

/**
 * What has passed smoke test and warm-up in a workload since it was last parked: the slot's digest,
 * or its image if a program from before there were digests wrote it.
 */
export type Tested = Readonly<Partial<Record<Workload, string>>>;

/** The workload in which a slot runs. */
export const workloadOf = (release: Release, slot: Slot): Workload =>
  release.strategy === "rolling" ? "rolling" : slot.colour;

/**
 * Both colours are always behind the entrance, so that it knows their pods before the first
 * request; in stable, where the strategy may change, so is the workload of the other strategies.
 */
export function weightsOf(release: Release): Weights {
  const serving = workloadOf(release, activeSlot(release));
  if (!isMoving(release)) return { blue: 0, green: 0, rolling: 0, [serving]: 100 };
  if (release.strategy === "rolling") return { rolling: 100 };
  const candidate = isWeighted(release) ? release.weight : 0;
  return { blue: candidate, green: candidate, [serving]: 100 - candidate };
}

/** The workload that has a share of the traffic while another has the rest; null: none has. */
export const candidateOf = (release: Release): Workload | null =>
  isWeighted(release) ? workloadOf(release, release.to) : null;

/** Colours whose pods serve before or after a stage, or may have to; null: nothing served. */
export const servingBetween = (before: Release | null, next: Release): readonly Colour[] => [
  ...new Set([...(before ? servingColours(before) : []), ...servingColours(next)]),
];

/** Colours whose pods serve in a stage, or may have to. */
function servingColours(release: Release): readonly Colour[] {
  const { newPods, oldPods } = PHASES[release.phase];
  const isOneAlone = newPods === "none" || oldPods === "gone";
  return isOneAlone ? [activeSlot(release).colour] : COLOURS;
}
