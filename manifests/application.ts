import type { Finding, ManifestObject } from "./kube-object.ts";

/** The application's objects as they are in the files, each in its part. */
export interface Application {
  /** The Deployment that users reach. */
  readonly web: ManifestObject;
  /** The container of it whose image is the slot's. */
  readonly container: string;
  /** Services that select web pods and follow the active colour; checks use the first one. */
  readonly services: readonly ManifestObject[];
  /** HTTPRoutes with such a Service behind them. */
  readonly routes: readonly ManifestObject[];
  /** PodDisruptionBudgets that select web pods. */
  readonly budgets: readonly ManifestObject[];
  /** ConfigMaps and Secrets that only web pods name: each version has its own. */
  readonly versioned: readonly ManifestObject[];
  /** Everything else that is written, under its own name, for both versions. */
  readonly shared: readonly ManifestObject[];
}

/** What the files give. */
export interface SortedObjects {
  /** Null where something is refused. */
  readonly application: Application | null;
  /** Why it is refused; empty where it is not. */
  readonly refusals: readonly Finding[];
  /** What is left out, and what people should know. */
  readonly notes: readonly Finding[];
}

/** What config says about the files. */
export interface SortOptions {
  /** Namespace of the release. */
  readonly namespace: string;
  /** The Deployment that users reach (`app.name`). */
  readonly app: string;
  /** `app.container`; undefined: the one whose port the Service targets. */
  readonly container?: string | undefined;
  /** Services that may have both colours behind them (`services`). */
  readonly services: Readonly<Record<string, "both">>;
  /** ConfigMaps and Secrets, by name, that both versions share all the same. */
  readonly unversioned: readonly string[];
  /** Objects that are refused otherwise, as `Kind/name`: written as they are. */
  readonly shared: readonly string[];
  /** Objects, as `Kind/name`, that are left out. */
  readonly ignore: readonly string[];
  /** `app.migrates`: init containers and commands of migration tools are allowed. */
  readonly migrates: boolean;
}
