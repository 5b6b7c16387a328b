import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Config } from "../protocol/config/config-schema.ts";
import { PROGRAM_MANAGER } from "../protocol/field-managers.ts";
import { formOf } from "../protocol/config/form-of.ts";
import { appLabels, type Form } from "../protocol/labels.ts";

/** Where the objects of the release are, and with which provider they are written. */
export interface Cluster {
  readonly provider: k8s.Provider;
  readonly namespace: string;
  readonly app: string;
  /** Absent: simple. */
  readonly form?: Form;
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

interface MetaOptions {
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Metadata of an object of the release. */
export function meta(cluster: Cluster, name: pulumi.Input<string>, options: MetaOptions = {}) {
  return {
    name,
    namespace: cluster.namespace,
    labels: { ...appLabels(cluster.app, cluster.form), ...options.labels },
    annotations: { "pulumi.com/patchFieldManager": PROGRAM_MANAGER, ...options.annotations },
  };
}

/**
 * Has every attempt write the object anew, so that manual edits, and what a killed `up` left in the
 * cluster, do not survive it.
 */
export const numbered = (number: number) => ({ "zero-downtime/number": String(number) });
