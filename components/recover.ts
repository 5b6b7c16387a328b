import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { WORKLOADS, type Weights } from "../release/workload.ts";
import type { Cluster } from "./cluster.ts";
import type { Traffic } from "../protocol/config/schema.ts";
import { workloadLabels } from "../protocol/labels.ts";
import { workloadName } from "../protocol/names.ts";

/**
 * After a lost state: reads the entrance as it stands in the cluster, and refuses a stage that would move traffic.
 *
 * @throws {pulumi.RunError} where the entrance shows other weights than the stage has
 */
export async function refuseOtherEntrance(
  cluster: Cluster,
  traffic: Traffic,
  weights: Weights,
): Promise<void> {
  const found = traffic.mode === "service" ? await selectedWorkload(cluster) : await routeWeights(cluster);
  const differ = WORKLOADS.filter((workload) => (found[workload] ?? 0) !== (weights[workload] ?? 0));
  if (differ.length === 0) return;
  throw new pulumi.RunError(
    `Cannot recover at this stage as the entrance must show its weights: it shows ${describe(found)}, the stage has ${describe(weights)}. ` +
      `Set phase, active and weight to the stage that the entrance shows.\nNothing was changed.`,
  );
}

const describe = (weights: Weights): string =>
  WORKLOADS.filter((workload) => (weights[workload] ?? 0) > 0)
    .map((workload) => `${workload} ${weights[workload]} %`)
    .join(", ") || "nobody";

async function selectedWorkload(cluster: Cluster): Promise<Weights> {
  const id = `${cluster.namespace}/${cluster.app}`;
  const service = k8s.core.v1.Service.get("entrance-found", id, { provider: cluster.provider });
  const selector = await valueOf(service.spec.selector);
  const labels = (workload: (typeof WORKLOADS)[number]): Record<string, string> =>
    workloadLabels(cluster.app, workload);
  const selected = WORKLOADS.find((workload) =>
    Object.entries(labels(workload)).every(([key, value]) => selector[key] === value),
  );
  return selected ? { [selected]: 100 } : {};
}

interface Rule {
  readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
}

/** The route as it stands in the cluster; the general custom resource would not tell its `spec`. */
class FoundRoute extends pulumi.CustomResource {
  declare readonly spec: pulumi.Output<{ readonly rules?: readonly Rule[] }>;

  constructor(logicalName: string, { namespace, app: name, provider }: Cluster) {
    const apiVersion = "gateway.networking.k8s.io/v1";
    // What the engine hands on as inputs has to name the namespace; the provider takes it from the id only without them.
    const known = { apiVersion, kind: "HTTPRoute", metadata: { name, namespace } };
    const opts = { id: `${namespace}/${name}`, provider };
    super(`kubernetes:${apiVersion}:HTTPRoute`, logicalName, { ...known, spec: undefined }, opts);
  }
}

async function routeWeights(cluster: Cluster): Promise<Weights> {
  const route = new FoundRoute("entrance-found", cluster);
  const { rules = [] } = await valueOf(route.spec);
  // The last rule is everybody's; one before it is the testers'.
  const refs = rules.at(-1)?.backendRefs ?? [];
  return Object.fromEntries(
    WORKLOADS.map((workload) => [
      workload,
      refs.find(({ name }) => name === workloadName(cluster.app, workload))?.weight ?? 0,
    ]),
  );
}

/** A value that a read makes known, in preview too. */
const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
