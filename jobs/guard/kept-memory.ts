import type { ColourEvidence, PodEvidence, PodSample } from "../../release/judge/evidence.ts";
import type { Memory } from "./guard-state.ts";

/** Of each colour; those that use most CPU and those that use most memory, half of each. */
export const MOST_KEPT_COURSES = 50;

/**
 * What of a memory is kept in the verdict object, which may hold 1 MiB: of the pods' CPU and memory
 * the whole course of the most demanding ones, as the judge goes by those, and of the others where
 * they were last. What is left out is measured anew by a guard that is started again, within half a
 * minute.
 */
export function toKeep(memory: Memory): Memory {
  const { stage, shared } = memory;
  return {
    ...memory,
    stage: {
      ...stage,
      active: { ...stage.active, colour: withFewCourses(stage.active.colour) },
      candidate: { ...stage.candidate, colour: withFewCourses(stage.candidate.colour) },
    },
    shared: shared && { ...shared, colour: withFewCourses(shared.colour) },
  };
}

function withFewCourses(colour: ColourEvidence): ColourEvidence {
  if (colour.pods.length <= MOST_KEPT_COURSES) return colour;
  const whole = new Set([
    ...mostDemanding(colour.pods, ({ cores }) => cores),
    ...mostDemanding(colour.pods, ({ bytes }) => bytes),
  ]);
  const pods = colour.pods.map((pod) => (whole.has(pod) ? pod : { ...pod, samples: pod.samples.slice(-1) }));
  return { ...colour, pods };
}

function mostDemanding(
  pods: readonly PodEvidence[],
  of: (sample: PodSample) => number | null,
): readonly PodEvidence[] {
  const used = ({ samples }: PodEvidence) => Math.max(0, ...samples.map((sample) => of(sample) ?? 0));
  return pods
    .map((pod) => ({ pod, most: used(pod) }))
    .sort((one, two) => two.most - one.most)
    .slice(0, MOST_KEPT_COURSES / 2)
    .map(({ pod }) => pod);
}
