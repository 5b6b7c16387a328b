import * as pulumi from "@pulumi/pulumi";
import { apiVersionOf, resourceTypeOf, type ObjectKind } from "../protocol/kubernetes/object-kind.ts";
import { backendOf, type Traffic } from "../protocol/traffic/backends.ts";
import { destinationsOf, weightsIn } from "../protocol/traffic/live-traffic.ts";
import { describeTraffic } from "../protocol/traffic/shares.ts";
import { WORKLOADS, type Weights } from "../release/workload.ts";
import type { Cluster } from "./cluster.ts";

/**
 * After a lost state: reads the entrance as it stands in the cluster, and refuses a stage that
 * would move traffic.
 *
 * @throws {pulumi.RunError} where the entrance shows other weights than the stage has
 */
export async function refuseOtherEntrance(
  cluster: Cluster,
  traffic: Traffic,
  weights: Weights,
): Promise<void> {
  const { object, read } = backendOf(traffic);
  const spec = await valueOf(new FoundTraffic("entrance-found", object, cluster).spec);
  const found = weightsIn(read(destinationsOf(cluster.app)).parse(spec), cluster.app);
  const differ = WORKLOADS.filter((workload) => (found[workload] ?? 0) !== (weights[workload] ?? 0));
  if (differ.length === 0) return;
  throw new pulumi.RunError(
    `Cannot recover at this stage as the entrance must show its weights: it shows ${describeTraffic(found)}, the stage has ${describeTraffic(weights)}. ` +
      `Set phase, active and weight to the stage that the entrance shows.\nNothing was changed.`,
  );
}

/**
 * The object as it is in the cluster; the SDK's general custom resource would not expose its
 * `spec`.
 */
class FoundTraffic extends pulumi.CustomResource {
  declare readonly spec: pulumi.Output<unknown>;

  constructor(logicalName: string, kind: ObjectKind, { namespace, app: name, provider }: Cluster) {
    // The provider reads core kinds by the id alone, without waiting until they are ready. For
    // other kinds it needs the inputs, which then must name the namespace: it takes that from the
    // id only if there are none.
    const known =
      kind.group === ""
        ? { apiVersion: undefined, kind: undefined, metadata: undefined }
        : { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace } };
    super(
      resourceTypeOf(kind),
      logicalName,
      { ...known, spec: undefined },
      { id: `${namespace}/${name}`, provider },
    );
  }
}

/** The value of an output that a read resolves, in preview too. */
const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
