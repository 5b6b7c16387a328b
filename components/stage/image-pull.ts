import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import { pullPod } from "../../protocol/names.ts";
import type { Slot } from "../../release/release.ts";
import { meta, type Cluster } from "../cluster.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from "../../protocol/kubernetes/pod-security.ts";

/**
 * Exists in no image: the pod is only there to pull its image, which must not run before its schema
 * exists. People read this path in the pod's `StartError`.
 */
const NO_COMMAND = "/this-error-is-expected/the-pod-only-pulls-its-image";

/** Arguments of {@link ImagePull}. */
export interface ImagePullArgs {
  readonly cluster: Cluster;
  readonly version: Pick<VersionObjects, "web">;
  readonly slot: Slot;
  readonly number: number;
}

/**
 * A pod that pulls a slot's image, with the application's own pull secrets, and cannot start. A
 * check watches it.
 */
export class ImagePull extends pulumi.ComponentResource {
  readonly pod: k8s.core.v1.Pod;

  constructor(name: string, args: ImagePullArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:ImagePull", name, {}, opts);
    this.pod = podOf(name, args, {
      parent: this,
      provider: args.cluster.provider,
      deleteBeforeReplace: true,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    });
    this.registerOutputs({});
  }
}

function podOf(
  name: string,
  { cluster, version, slot, number }: ImagePullArgs,
  opts: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.Pod(
    name,
    {
      // It never becomes ready, so nothing is awaited.
      metadata: meta(cluster, pullPod(cluster.app, number), {
        annotations: { "pulumi.com/skipAwait": "true" },
      }),
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        // Nothing runs, so it need not be the user that the image names.
        securityContext: { ...RESTRICTED_POD, runAsUser: 65534 },
        imagePullSecrets: version.web.imagePullSecrets.map((secret) => ({ name: secret })),
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
