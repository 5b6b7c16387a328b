import * as pulumi from "@pulumi/pulumi";
import { apiVersionOf, resourceTypeOf, type ObjectKind } from "../protocol/kubernetes/object-kind.ts";
import { trialName } from "../protocol/identity/trial-route.ts";
import type { Routing, Spec } from "../protocol/traffic/backend.ts";
import { entranceKind } from "../protocol/traffic/backends.ts";
import {
  entranceResource,
  type Entrance as EntranceObject,
  type Entrances,
} from "../protocol/traffic/entrance.ts";
import { numbered } from "../protocol/kubernetes/object-metadata.ts";
import { meta, type Cluster } from "./cluster.ts";

/** What of routes is written for the probe. */
export interface WrittenForProbe {
  /** Whole specs, by the route's name, in place of those without a rule for it. */
  readonly specs: ReadonlyMap<string, Spec>;
  /** Of the route on which the gateway is tried; null: none. */
  readonly trial: Spec | null;
}

/** Arguments of {@link Entrance}. */
export interface EntranceArgs {
  readonly cluster: Cluster;
  readonly entrances: Entrances;
  readonly routing: Routing;
  readonly forProbe: WrittenForProbe;
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
    const { cluster, entrances, routing, forProbe, number, beforeWrite } = args;
    let before: pulumi.CustomResourceOptions = opts.dependsOn ? { dependsOn: opts.dependsOn } : {};
    trial(args, { parent: this, provider: cluster.provider, ...before });
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
          spec: specForProbe(object, forProbe) ?? spec(object, entrances.services, routing),
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
 * The route on which the gateway is tried: nobody asks for its host, so nobody waits for it before
 * the traffic is written, but the probe does. It goes with the stack's other objects, also where
 * this `up` or the probe is killed.
 */
function trial({ cluster, forProbe, number }: EntranceArgs, opts: pulumi.CustomResourceOptions): void {
  if (forProbe.trial === null) return;
  const { object: kind } = entranceKind("HTTPRoute");
  const metadata = meta(cluster, trialName(cluster.app), { annotations: inAnyCase(number) });
  new TrafficObject("trial", kind, { metadata, spec: forProbe.trial }, opts);
}

/** A Service may have the name of a route. */
const specForProbe = ({ kind, name }: EntranceObject, { specs }: WrittenForProbe) =>
  kind === "HTTPRoute" ? specs.get(name) : undefined;

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
