import type { JsonObject } from "../release/release.ts";
import type { Entrances } from "../protocol/traffic/entrance.ts";
import type { KubeObject } from "./kube-object.ts";

/**
 * What one version consists of in the cluster, whether config describes it (`app.*`) or manifests
 * do: ready to be written once a workload, a size and an attempt's number are chosen. It is what a
 * record keeps.
 */
export interface VersionObjects {
  readonly web: WebPods;
  readonly entrances: Entrances;
  /** The user's, or ours; their selectors are narrowed to a workload when they are written. */
  readonly budgets: readonly Budget[];
  /** ConfigMaps and Secrets of this version alone, under their final names, immutable. */
  readonly versioned: readonly KubeObject[];
  /** Objects that all versions share, under their own names. */
  readonly shared: readonly KubeObject[];
}

/** The Deployment of the web pods, without what a workload decides. */
export interface WebPods {
  /**
   * Labels that every pod of the application has; with that of a workload they select its pods, and
   * nobody else's.
   */
  readonly selector: Readonly<Record<string, string>>;
  /** Labels and annotations of the Deployment itself, besides ours. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The container whose image is the slot's. */
  readonly container: string;
  /** Pods at full size, where `zero-downtime:replicas` says nothing. */
  readonly replicas: number;
  /** The Deployment's spec without replicas, selector and template. */
  readonly spec: JsonObject;
  /** The pod template, complete but for the label of the workload. */
  readonly template: JsonObject & { readonly metadata: JsonObject; readonly spec: JsonObject };
  /** Where the pods show their metrics, by their own annotations or ports; null: not said. */
  readonly metrics: { readonly port: number; readonly path: string } | null;
  /** Port of the pods behind the first port of the first Service. */
  readonly port: number;
  /** Names of Secrets with which images are pulled. */
  readonly imagePullSecrets: readonly string[];
}

/** A PodDisruptionBudget without name and selector of a workload. */
export interface Budget {
  readonly name: string;
  /** Its spec, `selector.matchLabels` to be completed by the workload's labels. */
  readonly spec: JsonObject;
}

/** What was added to a pod template for the release, and why; for `zd plan`. */
export interface Addition {
  /** As in `container app: preStop sleep 5 s`. */
  readonly what: string;
  readonly why: string;
}
