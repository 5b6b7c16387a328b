import { isAfterSwitch, type Phase } from "../../release/phases.ts";
import { other, type Colour } from "../../release/release.ts";
import { describeWatched, failureOf, type FoundVerdict } from "../../release/verdict.ts";
import type { Weights, Workload } from "../../release/workload.ts";
import type { FoundPods } from "../cluster/pods.ts";

/** What `zd rollback` does before anything else, decided from what config and cluster say. */
export type TrafficFirst =
  | { readonly do: "move"; readonly to: Colour }
  /** The old colour has all traffic already. */
  | { readonly do: "nothing" }
  /** Not by moving traffic alone; the `up` does it, in the order of the stage. */
  | { readonly do: "leave"; readonly why: string };

export interface TrafficQuestion {
  readonly phase: Phase;
  readonly active: Colour;
  readonly weights: Weights;
  readonly pods: readonly FoundPods[];
  /**
   * Pods of a colour at full size as far as config says so; null where it leaves that to
   * the default.
   */
  readonly fullSize: number | null;
  /** What config says that each colour runs; null where it does not say. */
  readonly images: Readonly<Record<Colour, string | null>>;
  /** What the guard has recorded; one that cannot be read keeps nobody from moving the traffic. */
  readonly verdict: FoundVerdict;
}

/**
 * Whether traffic may go back at once. It may where the old colour has as many ready pods as it
 * should: its own count, the config's, and as many as the colour that it takes over from. And only
 * where these pods run what config says: a config that is another release's names the wrong colour.
 * Never to an image that the guard has failed: a wrong config may call it the old one.
 */
export function trafficFirst(question: TrafficQuestion): TrafficFirst {
  const { phase, active, weights, pods, fullSize, images, verdict } = question;
  if (phase === "stable") return { do: "leave", why: "no release is on its way" };
  if ((weights.rolling ?? 0) > 0)
    return { do: "leave", why: "rolling replaces the pods themselves, one by one" };
  const old = isAfterSwitch(phase) ? other(active) : active;
  if (weights[old] === 100) return { do: "nothing" };
  const found = podsOf(pods, old);
  if (found && found.image !== images[old])
    return {
      do: "leave",
      why: `${old} runs ${found.image ?? "no image"}, and config names ${images[old] ?? "none"} for it`,
    };
  const image = images[old];
  const failure = "found" in verdict && image !== null ? failureOf(verdict.found, { image }) : null;
  if (failure)
    return {
      do: "leave",
      why: `${old} runs ${failure.version}, which failed ${describeWatched(failure.failed.watched)}`,
    };
  const ready = found?.ready ?? 0;
  const needed = Math.max(1, found?.wanted ?? 0, fullSize ?? podsOf(pods, other(old))?.wanted ?? 0);
  return ready >= needed
    ? { do: "move", to: old }
    : { do: "leave", why: `${old} has ${ready} of ${needed} pods ready` };
}

const podsOf = (pods: readonly FoundPods[], workload: Workload): FoundPods | undefined =>
  pods.find((one) => one.workload === workload);
