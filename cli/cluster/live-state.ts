import { z } from "zod";
import { pathOf } from "../../protocol/kubernetes/object-kind.ts";
import { workloadName } from "../../protocol/names.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import { destinationsOf, liveTraffic, type LiveTraffic } from "../../protocol/traffic/live-traffic.ts";
import { WORKLOADS } from "../../release/workload.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { deploymentShape, foundPods, type FoundPods } from "./pods.ts";

/** Who serves now, by what the cluster shows. */
export interface Sight {
  /** Null where the release has none yet. */
  readonly entrance: LiveTraffic | null;
  readonly pods: readonly FoundPods[];
}

/** Path of the object that says who gets the public traffic. */
export const trafficPath = ({ namespace, app: { name }, traffic: { mode } }: Known): string =>
  pathOf(backendFor(mode).object, { namespace, name });

const deployments = z.object({ items: z.array(deploymentShape) });

/** Reads entrance and pods at the same time. */
export async function look(cluster: ClusterApi, known: Known): Promise<Sight> {
  const { namespace, app, traffic, blue, green } = known;
  const images = [blue, green].flatMap((slot) => slot?.image ?? []);
  const [entrance, list] = await Promise.all([
    cluster.get(liveTraffic(traffic.mode, destinationsOf(app.name)), trafficPath(known)),
    cluster.get(deployments, `/apis/apps/v1/namespaces/${namespace}/deployments`),
  ]);
  const pods = WORKLOADS.flatMap((workload) => {
    const found = list?.items.find(({ metadata }) => metadata.name === workloadName(app.name, workload));
    return found ? [foundPods(found, workload, images)] : [];
  });
  return { entrance, pods };
}
