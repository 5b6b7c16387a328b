import { z } from "zod";
import { workloadName } from "../../protocol/names.ts";
import { WORKLOADS } from "../../release/workload.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { deploymentShape, foundPods, type FoundPods } from "./pods.ts";
import { foundRoute, foundService, routeShape, serviceShape, type FoundEntrance } from "./traffic.ts";

/** What serves whom, as the cluster shows it now. */
export interface Sight {
  /** Null where the release has none yet. */
  readonly entrance: FoundEntrance | null;
  readonly pods: readonly FoundPods[];
}

/** The object that says who gets the public traffic. */
export const entrancePath = ({ namespace, app, traffic }: Known): string =>
  traffic.mode === "gateway"
    ? `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${app.name}`
    : `/api/v1/namespaces/${namespace}/services/${app.name}`;

const deployments = z.object({ items: z.array(deploymentShape) });

/** Looks at entrance and pods, side by side. */
export async function look(cluster: ClusterApi, known: Known): Promise<Sight> {
  const { namespace, app } = known;
  const [entrance, list] = await Promise.all([
    findEntrance(cluster, known),
    cluster.get(deployments, `/apis/apps/v1/namespaces/${namespace}/deployments`),
  ]);
  const pods = WORKLOADS.flatMap((workload) => {
    const found = list?.items.find(({ metadata }) => metadata.name === workloadName(app.name, workload));
    return found ? [foundPods(found, workload)] : [];
  });
  return { entrance, pods };
}

async function findEntrance(cluster: ClusterApi, known: Known): Promise<FoundEntrance | null> {
  if (known.traffic.mode === "gateway") {
    const route = await cluster.get(routeShape, entrancePath(known));
    return route && foundRoute(route);
  }
  const service = await cluster.get(serviceShape, entrancePath(known));
  return service && foundService(service);
}
