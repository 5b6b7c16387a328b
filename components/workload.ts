import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../release/release.ts";
import { APP_CONTAINER, type Workload } from "../release/workload.ts";
import type { App } from "../protocol/config/config-schema.ts";
import { appLabels, workloadLabels } from "../protocol/labels.ts";
import { serviceUrl } from "../protocol/kubernetes/object-kind.ts";
import { COLOUR_VARIABLE, VERSION_VARIABLE, workloadName } from "../protocol/names.ts";
import { meta, numbered, type Cluster } from "./cluster.ts";
import { serviceSpec } from "../protocol/traffic/service.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from "./pod-security.ts";

/** Environment of the application's container that lets it log in to its database. */
export type Environment = pulumi.Input<k8s.types.input.core.v1.EnvVar>[];

/** Arguments of {@link WorkloadPods}. */
export interface WorkloadPodsArgs {
  readonly cluster: Cluster;
  readonly app: App;
  readonly workload: Workload;
  readonly slot: Slot;
  /** `full` is the size in config, `parked` no pods at all. */
  readonly size: "full" | "parked";
  readonly number: number;
  readonly environment: Environment;
}

/** Pods at full size: as config says, or where the autoscaler starts. */
export const fullSize = (app: App): number => app.autoscale?.min ?? app.replicas;

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
    if (args.size === "full" && args.app.autoscale)
      autoscaler(name, args, { ...child, dependsOn: this.deployment });
    this.registerOutputs({});
  }
}

/**
 * A condition that always holds. With skipAwait the engine would not wait for the deletion either,
 * and an `up` that soon creates the Deployment again would write to one that is about to vanish.
 */
export const AWAITED_AT_ITS_END_ONLY = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };

const deployment = (name: string, args: WorkloadPodsArgs, opts: pulumi.CustomResourceOptions) =>
  new k8s.apps.v1.Deployment(name, deploymentOf(args), opts);

/** The Deployment of a workload, as it is written into the cluster. */
export function deploymentOf(args: WorkloadPodsArgs) {
  const { cluster, app, workload, size, number } = args;
  const labels = workloadLabels(cluster.app, workload);
  const replicas = size === "parked" ? 0 : app.autoscale ? undefined : app.replicas;
  return {
    metadata: meta(cluster, workloadName(cluster.app, workload), {
      labels,
      annotations: { ...numbered(number), ...AWAITED_AT_ITS_END_ONLY },
    }),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      revisionHistoryLimit: 2,
      minReadySeconds: app.minReadySeconds,
      progressDeadlineSeconds: app.startSeconds,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...appLabels(cluster.app), ...labels } },
        spec: podSpec(args, labels),
      },
    },
  };
}

function podSpec(
  { app, slot, environment }: WorkloadPodsArgs,
  labels: Record<string, string>,
): k8s.types.input.core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: app.preStopSeconds + app.longestRequestSeconds,
    securityContext: RESTRICTED_POD,
    imagePullSecrets: app.imagePullSecrets.map((secret) => ({ name: secret })),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      },
    ],
    containers: [
      {
        name: APP_CONTAINER,
        image: slot.image,
        ports: [{ name: "http", containerPort: app.port }],
        env: [
          { name: "PORT", value: String(app.port) },
          { name: COLOUR_VARIABLE, value: slot.colour },
          { name: VERSION_VARIABLE, value: slot.version },
          ...environment,
          ...Object.entries(app.env).map(([name, value]) => ({ name, value })),
        ],
        readinessProbe: {
          httpGet: { path: app.readiness, port: "http" },
          periodSeconds: 2,
          timeoutSeconds: 5,
          failureThreshold: 3,
        },
        // Until it has been alive once, it is not restarted: a single pod may take as long to start
        // as all of them together.
        startupProbe: {
          httpGet: { path: app.liveness, port: "http" },
          periodSeconds: 1,
          timeoutSeconds: 5,
          failureThreshold: app.startSeconds,
        },
        livenessProbe: {
          httpGet: { path: app.liveness, port: "http" },
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        // Proxies learn of a pod's end with some delay; until then it keeps serving.
        ...(app.preStopSeconds > 0
          ? { lifecycle: { preStop: { sleep: { seconds: app.preStopSeconds } } } }
          : {}),
        resources: {
          ...(app.resources.requests ? { requests: app.resources.requests } : {}),
          ...(app.resources.limits ? { limits: app.resources.limits } : {}),
        },
        securityContext: RESTRICTED_CONTAINER,
        volumeMounts: app.writable.map((mountPath, at) => ({ name: `writable-${at}`, mountPath })),
      },
    ],
    volumes: app.writable.map((_, at) => ({ name: `writable-${at}`, emptyDir: {} })),
  };
}

function autoscaler(
  name: string,
  { cluster, app, workload }: WorkloadPodsArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const { autoscale } = app;
  if (!autoscale) return;
  const target = workloadName(cluster.app, workload);
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: meta(cluster, target, { annotations: { "pulumi.com/skipAwait": "true" } }),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
        minReplicas: autoscale.min,
        maxReplicas: autoscale.max,
        metrics: [
          {
            type: "Resource",
            resource: {
              name: "cpu",
              target: { type: "Utilization", averageUtilization: autoscale.cpuPercent },
            },
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
  readonly workload: Workload;
}

/**
 * The address of a workload inside the cluster, and its protection against evictions.
 * Both never change.
 */
export class WorkloadAddress extends pulumi.ComponentResource {
  readonly url: string;

  constructor(name: string, args: WorkloadAddressArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:WorkloadAddress", name, {}, opts);
    const { cluster, workload } = args;
    const child = {
      parent: this,
      provider: cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    service(name, args, child);
    disruptionBudget(name, args, child);
    this.url = workloadUrl(cluster, workload);
    this.registerOutputs({ url: this.url });
  }
}

export const workloadUrl = ({ app, namespace }: Pick<Cluster, "app" | "namespace">, workload: Workload) =>
  serviceUrl({ namespace, name: workloadName(app, workload) });

/**
 * A Service in front of a workload's pods. The provider's own wait is off, as it proves nothing and
 * costs ten seconds.
 */
function service(
  name: string,
  { cluster, workload }: WorkloadAddressArgs,
  opts: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.Service(
    name,
    {
      metadata: meta(cluster, workloadName(cluster.app, workload), {
        annotations: { "pulumi.com/skipAwait": "true" },
      }),
      spec: serviceSpec(workloadLabels(cluster.app, workload)),
    },
    opts,
  );
}

function disruptionBudget(
  name: string,
  { cluster, workload }: WorkloadAddressArgs,
  opts: pulumi.CustomResourceOptions,
) {
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: meta(cluster, workloadName(cluster.app, workload)),
      spec: { maxUnavailable: 1, selector: { matchLabels: workloadLabels(cluster.app, workload) } },
    },
    opts,
  );
}
