import * as pulumi from "@pulumi/pulumi";
import { apiVersionOf, resourceTypeOf, type ObjectKind } from "../protocol/kubernetes/object-kind.ts";
import type { Cookie } from "../protocol/traffic/backend.ts";
import { backendOf, type Traffic } from "../protocol/traffic/backends.ts";
import { destinationsOf } from "../protocol/traffic/live-traffic.ts";
import type { Weights, Workload } from "../release/workload.ts";
import { numbered } from "../protocol/kubernetes/object-metadata.ts";
import { meta, type Cluster } from "./cluster.ts";

/** Arguments of {@link Entrance}. */
export interface EntranceArgs {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly weights: Weights;
  /**
   * The workload that has some of the traffic in canary, and that testers reach by header whatever
   * its weight.
   */
  readonly candidate: Workload | null;
  /** Keeps users where they were sent first; null: every request is distributed anew. */
  readonly cookie: Cookie | null;
  readonly number: number;
  /**
   * Runs right before the entrance is written, and ends the write by throwing; undefined where no
   * candidate gets traffic.
   */
  readonly beforeWrite: pulumi.ResourceHook | undefined;
}

/** The public entrance: the object that says which workload gets which share of the traffic. */
export class Entrance extends pulumi.ComponentResource {
  constructor(name: string, args: EntranceArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:Entrance", name, {}, opts);
    const { cluster, traffic, weights, candidate, cookie, number, beforeWrite } = args;
    const backend = backendOf(traffic);
    const all = destinationsOf(cluster.app);
    const routing = {
      destinations: all.flatMap(({ workload, ...destination }) => {
        const weight = weights[workload];
        return weight === undefined ? [] : [{ ...destination, weight }];
      }),
      candidate: all.find(({ workload }) => workload === candidate)?.service ?? null,
      cookie,
    };
    const annotations = { ...backend.annotations, ...written(number) };
    new TrafficObject(
      name,
      backend.object,
      { metadata: meta(cluster, cluster.app, { annotations }), spec: backend.spec(traffic, routing) },
      {
        parent: this,
        provider: cluster.provider,
        ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
        ...(beforeWrite ? { hooks: { beforeCreate: [beforeWrite], beforeUpdate: [beforeWrite] } } : {}),
      },
    );
    this.registerOutputs({});
  }
}

/**
 * The guard and people in an emergency write traffic too; when the program writes, it always wins.
 */
const written = (number: number) => ({ ...numbered(number), "pulumi.com/patchForce": "true" });

/** An object of a kind that the SDK need not have a class for. */
class TrafficObject extends pulumi.CustomResource {
  constructor(
    name: string,
    kind: ObjectKind,
    inputs: { readonly metadata: object; readonly spec: object },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(resourceTypeOf(kind), name, { apiVersion: apiVersionOf(kind), kind: kind.kind, ...inputs }, opts);
  }
}
