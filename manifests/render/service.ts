import { NOT_AWAITED, objectMetadata } from "../../protocol/kubernetes/object-metadata.ts";
import { serviceUrl } from "../../protocol/kubernetes/object-kind.ts";
import { ofWorkload } from "../../protocol/labels.ts";
import { workloadService, type Entrances, type Followed } from "../../protocol/traffic/entrance.ts";
import type { ForWorkload } from "./deployment.ts";

/**
 * The Service `<service>-<workload>` in front of the pods of one workload, without the kind. It is
 * there for routes, checks and the guard, so it has none of what makes the user's own one public.
 */
export const serviceOf = ({ name, ports, selector }: Followed, { cluster, workload }: ForWorkload) => ({
  metadata: objectMetadata(cluster, workloadService(name, workload), { annotations: NOT_AWAITED }),
  spec: { type: "ClusterIP", selector: ofWorkload(selector, workload), ports },
});

/** Where pods of the cluster reach a workload: at the first port of its first Service. */
export function workloadUrl(
  { services: [first] }: Pick<Entrances, "services">,
  { cluster: { namespace }, workload }: ForWorkload,
): string {
  if (!first) throw new RangeError("Cannot address a workload as its version has no Service");
  return serviceUrl({ namespace, name: workloadService(first.name, workload) }, first.ports[0]?.port);
}
