import type { SeenPod } from "../counter-deltas.ts";
import type { Pod } from "../pod.ts";
import type { PodSample } from "../sample.ts";

/** Where the guard reads the counters of a colour's pods. `sources.ts` lists all kinds. */
export interface MetricSource {
  /**
   * Seconds that a moment of a soak lasts at least, as old as what is read may be; see
   * release/judge/soak-windows.ts.
   */
  readonly momentSeconds: number;
  /**
   * Reads all pods of a colour. What could not be read is reported, and the rest is read all the
   * same.
   */
  readonly read: (pods: readonly Pod[], colour: string, signal: AbortSignal) => Promise<readonly Reading[]>;
}

/** What was read from one pod, or from all; with neither of the two, the pod may be silent. */
export interface Reading {
  readonly seen?: SeenPod;
  /** One line for people. */
  readonly unread?: string;
}

/** A pod with its counters. */
export function seenPod({ metadata }: Pod, restarts: number, sample: PodSample): Reading {
  const { name, creationTimestamp } = metadata;
  return { seen: { name, restarts, createdAt: Date.parse(creationTimestamp), sample } };
}
