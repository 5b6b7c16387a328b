import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { budgetOf } from "../manifests/render/budget.ts";
import { deploymentOf, type DeploymentAt } from "../manifests/render/deployment.ts";
import { serviceOf } from "../manifests/render/service.ts";
import type { VersionObjects } from "../manifests/version-objects.ts";
import type { App } from "../protocol/config/config-schema.ts";
import { NOT_AWAITED } from "../protocol/kubernetes/object-metadata.ts";
import { workloadName } from "../protocol/names.ts";
import type { Workload } from "../release/workload.ts";
import { meta, type Cluster } from "./cluster.ts";

/** Arguments of {@link WorkloadPods}. */
export interface WorkloadPodsArgs extends Pick<DeploymentAt, "workload" | "size" | "number"> {
  readonly cluster: Cluster;
  readonly version: Pick<VersionObjects, "web">;
  /** Pods at full size. */
  readonly replicas: number;
  /** Leaves the number of pods at full size to an autoscaler; undefined: it stays. */
  readonly autoscale: App["autoscale"];
}

/**
 * The pods of a workload. Readiness is not awaited here but proven by a Job: the provider's wait
 * notices neither manual edits nor failed pulls before it times out.
 */
export class WorkloadPods extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(name: string, args: WorkloadPodsArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:WorkloadPods", name, {}, opts);
    const child = {
      parent: this,
      provider: args.cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    this.deployment = deployment(name, args, child);
    if (args.size === "full" && args.autoscale)
      autoscaler(name, args, args.autoscale, { ...child, dependsOn: this.deployment });
    this.registerOutputs({});
  }
}

function deployment(
  name: string,
  { version, autoscale, replicas, ...at }: WorkloadPodsArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const rendered = deploymentOf(version, { ...at, replicas: autoscale ? null : replicas });
  return new k8s.apps.v1.Deployment(name, rendered as unknown as k8s.apps.v1.DeploymentArgs, opts);
}

function autoscaler(
  name: string,
  { cluster, workload }: WorkloadPodsArgs,
  { min, max, cpuPercent }: NonNullable<App["autoscale"]>,
  opts: pulumi.CustomResourceOptions,
) {
  const target = workloadName(cluster.app, workload);
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: meta(cluster, target, { annotations: NOT_AWAITED }),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
        minReplicas: min,
        maxReplicas: max,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpuPercent } },
          },
        ],
      },
    },
    opts,
  );
}

/** Arguments of {@link WorkloadAddress}. */
export interface WorkloadAddressArgs {
  readonly cluster: Cluster;
  readonly version: Pick<VersionObjects, "entrances" | "budgets">;
  readonly workload: Workload;
}

/** The addresses of a workload inside the cluster, and its protection against evictions. */
export class WorkloadAddress extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadAddressArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:WorkloadAddress", name, {}, opts);
    const { cluster, version } = args;
    const child = {
      parent: this,
      provider: cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    // By the object's name and not by its place in the files, or another order there would replace
    // what serves.
    const nameOf = (object: { readonly name: string }) =>
      object.name === cluster.app ? name : `${name}-${object.name}`;
    for (const each of version.entrances.services) service(nameOf(each), each, args, child);
    for (const each of version.budgets) disruptionBudget(nameOf(each), each, args, child);
    this.registerOutputs({});
  }
}

const service = (
  name: string,
  followed: VersionObjects["entrances"]["services"][number],
  { cluster, workload }: WorkloadAddressArgs,
  opts: pulumi.CustomResourceOptions,
) => new k8s.core.v1.Service(name, serviceOf(followed, { cluster, workload }), opts);

const disruptionBudget = (
  name: string,
  budget: VersionObjects["budgets"][number],
  { cluster, workload }: WorkloadAddressArgs,
  opts: pulumi.CustomResourceOptions,
) => new k8s.policy.v1.PodDisruptionBudget(name, budgetOf(budget, { cluster, workload }), opts);
