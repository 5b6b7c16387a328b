import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Config } from "../protocol/config/config-schema.ts";
import { formOf } from "../protocol/config/form-of.ts";
import { objectMetadata, type ObjectsPlace } from "../protocol/kubernetes/object-metadata.ts";

/** Where the objects of the release are, and with which provider they are written. */
export interface Cluster extends ObjectsPlace {
  readonly provider: k8s.Provider;
}

/** The cluster in config: by the kubeconfig named there, else by that of the environment. */
export function connectCluster(config: Pick<Config, "cluster" | "namespace" | "app" | "manifests">): Cluster {
  const { kubeconfig, context } = config.cluster;
  const provider = new k8s.Provider("cluster", {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    // Without this, a killed `up` could not be repeated: its objects exist, but not in the state.
    upsertExistingObjects: true,
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    kubeClientSettings: { timeout: 20 },
  });
  return { provider, namespace: config.namespace, app: config.app.name, form: formOf(config) };
}

/** Metadata of an object of the release. */
export const meta = (
  cluster: Cluster,
  name: pulumi.Input<string>,
  options: Parameters<typeof objectMetadata<pulumi.Input<string>>>[2] = {},
) => objectMetadata<pulumi.Input<string>>(cluster, name, options);
