import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { routeRules, type Cookie } from "../protocol/traffic/route-rules.ts";
import { WORKLOADS, type Weights, type Workload } from "../release/workload.ts";
import { meta, numbered, type Cluster } from "./cluster.ts";
import type { Traffic } from "../protocol/config/schema.ts";
import { workloadName } from "../protocol/names.ts";
import { service } from "./workload.ts";

/** Arguments of {@link Entrance}. */
export interface EntranceArgs {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly weights: Weights;
  /** The workload that has some of the traffic in canary, and that testers reach by header whatever its weight. */
  readonly candidate: Workload | null;
  /** By which users stay where they were sent first; null: every request is sent anew. */
  readonly cookie: Cookie | null;
  readonly number: number;
  /** Runs right before the entrance is written, and ends the write by throwing; undefined where no candidate gets traffic. */
  readonly beforeWrite: pulumi.ResourceHook | undefined;
}

/** The public entrance: a Service or an HTTPRoute that says which workload gets which share of the traffic. */
export class Entrance extends pulumi.ComponentResource {
  constructor(name: string, args: EntranceArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:Entrance", name, {}, opts);
    const { beforeWrite } = args;
    const child = {
      parent: this,
      provider: args.cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
      ...(beforeWrite ? { hooks: { beforeCreate: [beforeWrite], beforeUpdate: [beforeWrite] } } : {}),
    };
    if (args.traffic.mode === "service") publicService(name, args, args.traffic, child);
    else route(name, args, args.traffic, child);
    this.registerOutputs({});
  }
}

/** The probe's way in: through the same entrance as the public's. */
export const probeUrl = (cluster: Cluster, traffic: Traffic): string =>
  traffic.mode === "service" ? `http://${cluster.app}.${cluster.namespace}.svc` : traffic.clusterUrl;

/** The guard and people under fire write traffic too; the program, in its turn, always wins. */
const written = (number: number) => ({ ...numbered(number), "pulumi.com/patchForce": "true" });

type ServiceTraffic = Extract<Traffic, { mode: "service" }>;
type GatewayTraffic = Extract<Traffic, { mode: "gateway" }>;

function publicService(
  name: string,
  args: EntranceArgs,
  traffic: ServiceTraffic,
  opts: pulumi.CustomResourceOptions,
) {
  const active = WORKLOADS.find((workload) => args.weights[workload] === 100);
  if (!active) throw new RangeError("Cannot write a Service's selector as no workload has all the traffic");
  const { type, nodePort } = traffic;
  service(
    name,
    args.cluster,
    active,
    args.cluster.app,
    { type, annotations: written(args.number), ...(nodePort === undefined ? {} : { nodePort }) },
    opts,
  );
}

function route(
  name: string,
  args: EntranceArgs,
  traffic: GatewayTraffic,
  opts: pulumi.CustomResourceOptions,
) {
  const { cluster, weights, candidate, cookie, number } = args;
  const { gateway, hostnames, candidateHeader } = traffic;
  const behind = WORKLOADS.filter((workload) => weights[workload] !== undefined);
  const rules = routeRules({
    backends: behind.map((workload) => ({
      service: workloadName(cluster.app, workload),
      weight: weights[workload] ?? 0,
    })),
    candidate: candidate && workloadName(cluster.app, candidate),
    testers: candidateHeader ?? null,
    cookie,
  });
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: meta(cluster, cluster.app, { annotations: written(number) }),
      spec: {
        parentRefs: [
          {
            group: "gateway.networking.k8s.io",
            kind: "Gateway",
            name: gateway.name,
            namespace: gateway.namespace,
            ...(gateway.listener === undefined ? {} : { sectionName: gateway.listener }),
          },
        ],
        ...(hostnames.length > 0 ? { hostnames } : {}),
        rules,
      },
    },
    opts,
  );
}
