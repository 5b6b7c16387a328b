import { z } from "zod";
import { workloadName } from "../../protocol/names.ts";
import type { Entrances } from "../../protocol/traffic/entrance.ts";
import { entrancePath, liveEntrance, type LiveEntrance } from "../../protocol/traffic/live-traffic.ts";
import { WORKLOADS } from "../../release/workload.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { deploymentShape, foundPods, type FoundPods } from "./pods.ts";

/** Who serves now, by what the cluster shows. */
export interface Sight {
  /** Those that are there; none where the release has none yet. */
  readonly entrances: readonly LiveEntrance[];
  readonly pods: readonly FoundPods[];
}

const deployments = z.object({ items: z.array(deploymentShape) });

/** Reads entrances and pods at the same time. */
export async function look(
  cluster: ClusterApi,
  { namespace, app, blue, green }: Pick<Known, "namespace" | "app" | "blue" | "green">,
  { objects, services }: Entrances,
): Promise<Sight> {
  const images = [blue, green].flatMap((slot) => slot?.image ?? []);
  const [found, list] = await Promise.all([
    Promise.all(
      objects.map((entrance) =>
        cluster.get(liveEntrance(entrance, { services }), entrancePath(entrance, namespace)),
      ),
    ),
    cluster.get(deployments, `/apis/apps/v1/namespaces/${namespace}/deployments`),
  ]);
  const pods = WORKLOADS.flatMap((workload) => {
    const found = list?.items.find(({ metadata }) => metadata.name === workloadName(app.name, workload));
    return found ? [foundPods(found, workload, images)] : [];
  });
  return { entrances: found.filter((entrance) => entrance !== null), pods };
}
