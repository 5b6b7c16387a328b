// An application as files have it, in which a finding's place is the path that it is about.
import type { Application } from "../../../manifests/application.ts";
import type { KubeObject, ManifestObject } from "../../../manifests/kube-object.ts";
import {
  prepareVersion,
  type PrepareNeeds,
  type PreparedVersion,
} from "../../../manifests/prepare/prepare-version.ts";
import { database } from "../../../protocol/config/database.ts";
import { databaseEnvironment } from "../../../protocol/database-environment.ts";
import { keyedDigest } from "../../../protocol/state/colour-record.ts";
import type { Json, JsonObject } from "../../../release/release.ts";

/** An object whose places are named by their paths. */
export const written = (object: object): ManifestObject => ({
  object: object as KubeObject,
  sourceOf: (path) => ({ file: path.join("."), line: 1 }),
});

export const IMAGE = `registry.example.com/team/shop@sha256:${"a".repeat(64)}`;

export const ENVIRONMENT = databaseEnvironment(
  database.parse({ host: "db", name: "shop", admin: "admin" }),
  "shop",
  "green",
);

export const NEEDS: PrepareNeeds = {
  app: "shop",
  namespace: "live",
  slot: { colour: "green", version: "2.0.0", image: IMAGE },
  environment: null,
  digestOf: (content) => keyedDigest("key", content),
  preStopSeconds: 5,
  longestRequestSeconds: 30,
  minReadySeconds: 1,
  replicas: 0,
};

/** A ConfigMap as files have it. */
export const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});

/** A Secret as files have it, with its values in whichever fields. */
export const secretWith = (name: string, fields: object) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  ...fields,
});

/** What is in the files; the rest is as {@link applicationOf} has it. */
export interface Files {
  /** Fields of the application's container. */
  readonly container?: object;
  /** Containers beside it. */
  readonly sidecars?: readonly object[];
  readonly initContainers?: readonly object[];
  /** More fields of the pods' spec. */
  readonly pod?: object;
  /** Labels and annotations of the pods. */
  readonly metadata?: object;
  /** More fields of the Deployment's spec. */
  readonly deployment?: object;
  /** The Deployment's own labels and annotations. */
  readonly deploymentMetadata?: object;
  readonly service?: object;
  readonly serviceMetadata?: object;
  readonly routes?: readonly object[];
  readonly budgets?: readonly object[];
  readonly versioned?: readonly object[];
  readonly shared?: readonly object[];
}

/** A Deployment with a Service, as small as can be. */
export function applicationOf(files: Files = {}): Application {
  const container = { name: "web", image: "shop:latest", ports: [{ name: "http", containerPort: 3000 }] };
  const template = {
    metadata: { labels: { app: "shop" }, ...files.metadata },
    spec: {
      ...(files.initContainers ? { initContainers: files.initContainers } : {}),
      containers: [{ ...container, ...files.container }, ...(files.sidecars ?? [])],
      ...files.pod,
    },
  };
  return {
    web: written({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop", ...files.deploymentMetadata },
      spec: { selector: { matchLabels: { app: "shop" } }, replicas: 3, template, ...files.deployment },
    }),
    container: "web",
    services: [
      written({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "shop", ...files.serviceMetadata },
        spec: { selector: { app: "shop" }, ports: [{ port: 80, targetPort: "http" }], ...files.service },
      }),
    ],
    routes: (files.routes ?? []).map(written),
    budgets: (files.budgets ?? []).map(written),
    versioned: (files.versioned ?? []).map(written),
    shared: (files.shared ?? []).map(written),
  };
}

/** The application of these files, prepared. */
export const prepare = (files: Files = {}, needs: Partial<PrepareNeeds> = {}): PreparedVersion =>
  prepareVersion(applicationOf(files), { ...NEEDS, ...needs });

interface PodSpec extends JsonObject {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
}

export interface Container extends JsonObject {
  readonly name: string;
  readonly image: string;
  readonly env: readonly (JsonObject & { readonly name: string })[];
  readonly lifecycle: JsonObject;
}

export const podOf = ({ objects }: PreparedVersion): PodSpec => objects.web.template.spec as PodSpec;

/** A container of the pods, by its name. */
export function containerOf(version: PreparedVersion, name = "web"): Container {
  const { containers, initContainers = [] } = podOf(version);
  const found = [...containers, ...(initContainers as readonly Container[])].find((one) => one.name === name);
  if (!found) throw new Error(`There is no container ${name}`);
  return found;
}

/** The names of a container's variables, in order. */
export const variablesOf = (version: PreparedVersion, name = "web"): string[] =>
  (containerOf(version, name).env ?? []).map((one) => one.name);

/** Findings as places and texts. */
export const told = (findings: PreparedVersion["refusals"]): string[] =>
  findings.map(({ source, text, advice }) => `${source?.file ?? ""}: ${text}. ${advice}`);

export const added = ({ added: all }: PreparedVersion): string[] => all.map(({ what }) => what);

export const textOf = (value: unknown): string => JSON.stringify(value as Json);
