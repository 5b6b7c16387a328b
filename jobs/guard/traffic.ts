import { z } from "zod";
import { GUARD_MANAGER } from "../../protocol/field-managers.ts";
import { objectWith, pathOf } from "../../protocol/kubernetes/object-kind.ts";
import type { Destination } from "../../protocol/traffic/backend.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import { allTo, liveTraffic, type LiveTraffic } from "../../protocol/traffic/live-traffic.ts";
import type { Shares } from "../../protocol/traffic/shares.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";

/** The shares of the stage's traffic. */
export function expectedShares({ watched, active, candidate }: GuardSettings): Shares {
  const weight = watched === "switch" ? 100 : watched;
  return { [active.service]: 100 - weight, [candidate.service]: weight };
}

export const sharesOfActive = ({ active, candidate }: GuardSettings): Shares => ({
  [active.service]: 100,
  [candidate.service]: 0,
});

/** What is needed to write the entrance. */
export type Writing = Pick<GuardSettings, "namespace" | "services" | "entrance"> & {
  readonly active: Destination;
};

/** The entrance as it is now; undefined where there is none. */
export const readTraffic = (
  { namespace, entrance: { mode, name }, active, candidate }: GuardSettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<LiveTraffic | undefined> =>
  api.get(
    liveTraffic(mode, [active, candidate]),
    pathOf(backendFor(mode).object, { namespace, name }),
    signal,
  );

/**
 * Gives all traffic to the active colour: neither testers nor users who stay reach the candidate
 * any more.
 */
export async function giveAllBack(settings: Writing, api: ClusterApi, signal: AbortSignal): Promise<void> {
  const { namespace, active, services, entrance } = settings;
  const { object, write } = backendFor(entrance.mode);
  const at = { namespace, name: entrance.name };
  // Only the Service that gets traffic needs its labels.
  const destinations = services.map((service) =>
    service === active.service ? active : { service, labels: {} },
  );
  const written = objectWith(object, at, write(allTo(active.service, destinations)));
  await api.apply(z.unknown(), pathOf(object, at), written, GUARD_MANAGER, signal);
}
