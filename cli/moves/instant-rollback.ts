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
  /** Traffic cannot simply be moved; the `up` does it, in the order of the stage. */
  | { readonly do: "leave"; readonly why: string };

export interface TrafficQuestion {
  readonly phase: Phase;
  readonly active: Colour;
  /** Percent of the public traffic. */
  readonly weights: Weights;
  /** What is given besides, by further entrances and rules. */
  readonly others: readonly Weights[];
  readonly pods: readonly FoundPods[];
  /** Pods of a colour at full size, if config says so; null where it leaves that to the default. */
  readonly fullSize: number | null;
  /** What config says that each colour runs; null where it does not say. */
  readonly images: Readonly<Record<Colour, string | null>>;
  /** What the guard has recorded; if it cannot be read, traffic may still be moved. */
  readonly verdict: FoundVerdict;
}

/**
 * Whether traffic may go back at once. It may if the old colour has enough ready pods: as many as
 * its Deployment and config want, and as many as the colour that it takes over from. Its pods must
 * run what config says, as the config of another release names the wrong colour. It never goes to
 * an image that the guard has failed, which a wrong config may call the old one.
 */
export function trafficFirst(question: TrafficQuestion): TrafficFirst {
  const { phase, active, weights, others, pods, fullSize, images, verdict } = question;
  if (phase === "stable") return { do: "leave", why: "no release is on its way" };
  if ((weights.rolling ?? 0) > 0)
    return { do: "leave", why: "rolling replaces the pods themselves, one by one" };
  const old = isAfterSwitch(phase) ? other(active) : active;
  if ([weights, ...others].every((given) => given[old] === 100)) return { do: "nothing" };
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
