import type { SeenPod } from "../counter-deltas.ts";
import type { Pod } from "../pod.ts";
import type { PodSample } from "../sample.ts";

/** Where the guard reads what the pods of a colour have counted. `sources.ts` lists all kinds. */
export interface MetricSource {
  /**
   * Seconds that a moment of a soak lasts at least, as old as what is read may be; see
   * release/judge/soak-windows.ts.
   */
  readonly momentSeconds: number;
  /**
   * Reads all pods of a colour. What should have been read and was not is told, and keeps nobody
   * from seeing the others.
   */
  readonly read: (pods: readonly Pod[], colour: string, signal: AbortSignal) => Promise<readonly Reading[]>;
}

/** What came of one pod, or of all; neither of the two: a pod that may be silent. */
export interface Reading {
  readonly seen?: SeenPod;
  /** One line for people. */
  readonly unread?: string;
}

/** A pod with what it has counted. */
export function seenPod({ metadata }: Pod, restarts: number, sample: PodSample): Reading {
  const { name, creationTimestamp } = metadata;
  return { seen: { name, restarts, createdAt: Date.parse(creationTimestamp), sample } };
}
