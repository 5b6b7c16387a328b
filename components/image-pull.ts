import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { shortNumber } from "../release/moves/attempt-number.ts";
import type { Slot } from "../release/release.ts";
import { meta, type Cluster } from "./cluster.ts";
import type { App } from "../protocol/config/config-schema.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from "./pod-security.ts";
import { StageJob } from "./jobs/stage-job.ts";

/**
 * Exists in no image: the pod is there for its image alone, and nothing of it may run before its
 * schema is there.
 */
const NO_COMMAND = "/zero-downtime/pulled-only";

/** Arguments of {@link ImagePull}. */
export interface ImagePullArgs {
  readonly cluster: Cluster;
  readonly app: App;
  readonly slot: Slot;
  /** The jobs image. */
  readonly image: pulumi.Input<string>;
  readonly serviceAccount: string;
  readonly number: number;
  /** How long the pull may take. */
  readonly deadlineSeconds: number;
  readonly podStartSeconds: number;
}

/** Proof that the cluster gets a slot's image, with the application's own pull secrets. */
export class ImagePull extends pulumi.ComponentResource {
  constructor(name: string, args: ImagePullArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:ImagePull", name, {}, opts);
    const { cluster, image, number, serviceAccount, deadlineSeconds } = args;
    const podName = `${cluster.app}-${name}-${shortNumber(number)}`;
    const pod = puller(name, args, podName, {
      parent: this,
      provider: cluster.provider,
      deleteBeforeReplace: true,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    });
    new StageJob(
      name,
      {
        cluster,
        image,
        number,
        program: "pull",
        serviceAccount,
        deadlineSeconds: deadlineSeconds + args.podStartSeconds,
        settings: {
          namespace: cluster.namespace,
          pod: podName,
          image: args.slot.image,
          deadlineSeconds,
        },
      },
      { parent: this, dependsOn: pod },
    );
    this.registerOutputs({});
  }
}

function puller(
  name: string,
  { cluster, app, slot }: ImagePullArgs,
  podName: string,
  opts: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.Pod(
    name,
    {
      // It never becomes ready, so there is nothing to wait for.
      metadata: meta(cluster, podName, { annotations: { "pulumi.com/skipAwait": "true" } }),
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        securityContext: RESTRICTED_POD,
        imagePullSecrets: app.imagePullSecrets.map((secret) => ({ name: secret })),
        containers: [
          {
            name: "app",
            image: slot.image,
            command: [NO_COMMAND],
            resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
            securityContext: RESTRICTED_CONTAINER,
          },
        ],
      },
    },
    opts,
  );
}
