import * as pulumi from "@pulumi/pulumi";
import { apiVersionOf, resourceTypeOf, type ObjectKind } from "../protocol/kubernetes/object-kind.ts";
import type { Routing } from "../protocol/traffic/backend.ts";
import { entranceKind } from "../protocol/traffic/backends.ts";
import { entranceResource, type Entrances } from "../protocol/traffic/entrance.ts";
import { numbered } from "../protocol/kubernetes/object-metadata.ts";
import { meta, type Cluster } from "./cluster.ts";

/** Arguments of {@link Entrance}. */
export interface EntranceArgs {
  readonly cluster: Cluster;
  readonly entrances: Entrances;
  readonly routing: Routing;
  readonly number: number;
  /**
   * Runs right before each entrance is written, and ends the write by throwing; undefined where no
   * candidate gets traffic.
   */
  readonly beforeWrite: pulumi.ResourceHook | undefined;
}

/**
 * The public entrance: the objects that say which workload gets which share of the traffic. They
 * are written one after the other, routes before the Services that stand beside them.
 */
export class Entrance extends pulumi.ComponentResource {
  constructor(name: string, args: EntranceArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:Entrance", name, {}, opts);
    const { cluster, entrances, routing, number, beforeWrite } = args;
    let before: pulumi.CustomResourceOptions = opts.dependsOn ? { dependsOn: opts.dependsOn } : {};
    for (const object of entrances.objects) {
      const { object: kind, annotations, spec } = entranceKind(object.kind);
      const written = new TrafficObject(
        entranceResource(name, object, cluster.app),
        kind,
        {
          metadata: meta(cluster, object.name, {
            labels: object.labels,
            annotations: { ...object.annotations, ...annotations, ...inAnyCase(number) },
          }),
          spec: spec(object, entrances.services, routing),
        },
        {
          parent: this,
          provider: cluster.provider,
          ...before,
          ...(beforeWrite ? { hooks: { beforeCreate: [beforeWrite], beforeUpdate: [beforeWrite] } } : {}),
        },
      );
      before = { dependsOn: written };
    }
    this.registerOutputs({});
  }
}

/**
 * The guard and people in an emergency write traffic too; when the program writes, it always wins.
 */
const inAnyCase = (number: number) => ({ ...numbered(number), "pulumi.com/patchForce": "true" });

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
