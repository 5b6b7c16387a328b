import * as pulumi from "@pulumi/pulumi";
import { apiVersionOf, resourceTypeOf } from "../protocol/kubernetes/object-kind.ts";
import type { Routing } from "../protocol/traffic/backend.ts";
import { entranceKind } from "../protocol/traffic/backends.ts";
import { entranceResource, type Entrance, type Entrances } from "../protocol/traffic/entrance.ts";
import {
  describeEntrance,
  describeWhich,
  entrancesUnlike,
  weightsGiven,
} from "../protocol/traffic/live-traffic.ts";
import { describeTraffic } from "../protocol/traffic/shares.ts";
import { candidateOf, type Weights } from "../release/workload.ts";
import type { Cluster } from "./cluster.ts";
import { publicEntrances } from "./stage/public-entrances.ts";
import type { StageContext } from "./stage/stage-context.ts";

/**
 * After a lost state: reads all entrances as they stand in the cluster, and refuses a stage that
 * would move traffic.
 *
 * @throws {pulumi.RunError} where an entrance shows other weights than the stage has
 */
export async function refuseOtherEntrance(
  cluster: Cluster,
  entrances: Entrances,
  { weights, candidate }: Pick<Routing, "weights" | "candidate">,
): Promise<void> {
  const { objects, services } = entrances;
  const found = await Promise.all(
    objects.map(async (entrance) => {
      const spec = await valueOf(new FoundTraffic(entrance, cluster).spec);
      return { entrance, ...entranceKind(entrance.kind).read(entrance, services).parse(spec) };
    }),
  );
  const routing = { weights, candidate, testers: null, cookie: null };
  const differing = entrancesUnlike(found, routing).map(
    ({ entrance, ...traffic }) =>
      `${objects.length === 1 ? "it" : describeWhich(entrance, objects)} shows ${describeEntrance(traffic)}, ` +
      `the stage has ${describeTraffic(weightsGiven(entrance, routing))}`,
  );
  if (differing.length === 0) return;
  throw new pulumi.RunError(
    `Cannot recover at this stage as the entrance must show its weights: ${differing.join("; ")}. ` +
      `Set phase, active and weight to the stage that the entrance shows.\nNothing was changed.`,
  );
}

/**
 * The same for a stage as it is to be made.
 *
 * @throws {pulumi.RunError} where an entrance shows other weights than the stage has
 */
export const refuseOtherTraffic = (
  cluster: Cluster,
  stage: Pick<StageContext, "release" | "versionOf">,
  weights: Weights,
): Promise<void> =>
  refuseOtherEntrance(cluster, publicEntrances(stage), { weights, candidate: candidateOf(stage.release) });

/**
 * The object as it is in the cluster; the SDK's general custom resource would not expose its
 * `spec`.
 */
class FoundTraffic extends pulumi.CustomResource {
  declare readonly spec: pulumi.Output<unknown>;

  constructor(entrance: Entrance, cluster: Cluster) {
    const { namespace, provider } = cluster;
    const { name } = entrance;
    const kind = entranceKind(entrance.kind).object;
    // The provider reads core kinds by the id alone, without waiting until they are ready. For
    // other kinds it needs the inputs, which then must name the namespace: it takes that from the
    // id only if there are none.
    const known =
      kind.group === ""
        ? { apiVersion: undefined, kind: undefined, metadata: undefined }
        : { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace } };
    super(
      resourceTypeOf(kind),
      entranceResource("entrance-found", entrance, cluster.app),
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
