import { z } from "zod";
import { GUARD_MANAGER } from "../../protocol/field-managers.ts";
import { allTo, type Routing } from "../../protocol/traffic/backend.ts";
import type { Entrance } from "../../protocol/traffic/entrance.ts";
import {
  entranceMoved,
  entrancePath,
  liveEntrance,
  type LiveEntrance,
} from "../../protocol/traffic/live-traffic.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";

/** The traffic of the stage. */
export function stageRouting({ watched, active, candidate, workloads }: GuardSettings): Routing {
  if (watched === "switch") return allTo(candidate.colour, workloads);
  const weights = { [active.colour]: 100 - watched, [candidate.colour]: watched };
  return { ...allTo(active.colour, workloads), weights, candidate: candidate.colour };
}

/** What is needed to write the entrances. */
export type Writing = Pick<GuardSettings, "namespace" | "workloads" | "entrances" | "back"> & {
  readonly active: Pick<GuardSettings["active"], "colour">;
};

/**
 * All traffic for the active colour: neither testers nor users who stay reach the candidate any
 * more.
 */
export const backRouting = ({ active, workloads }: Pick<Writing, "active" | "workloads">): Routing =>
  allTo(active.colour, workloads);

/** The entrances as they are now, without those that are not there. */
export async function readTraffic(
  { namespace, entrances }: GuardSettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly LiveEntrance[]> {
  const found = await Promise.all(
    entrances.objects.map((entrance) =>
      api.get(liveEntrance(entrance, entrances), entrancePath(entrance, namespace), signal),
    ),
  );
  return found.filter((entrance) => entrance !== undefined);
}

/**
 * Gives all traffic to the active colour at these entrances, routes first. One that cannot be
 * written keeps nobody from the others.
 *
 * @returns why some could not be written; empty where all were
 */
export async function giveAllBack(
  settings: Writing,
  at: readonly Pick<Entrance, "kind" | "name">[],
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const { namespace, entrances, back } = settings;
  const { objects, services } = back ?? entrances;
  const routing = backRouting(settings);
  const failures: unknown[] = [];
  for (const entrance of objects) {
    if (!at.some(({ kind, name }) => kind === entrance.kind && name === entrance.name)) continue;
    const moved = entranceMoved(entrance, { services }, routing, namespace);
    try {
      await api.apply(z.unknown(), entrancePath(entrance, namespace), moved, GUARD_MANAGER, signal);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
