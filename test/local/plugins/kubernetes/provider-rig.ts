import { KubernetesProvider } from "../../../../local/plugins/kubernetes/kubernetes-provider.ts";
import { Engine } from "../../../../local/plugins/protocol/engine.ts";
import { InitialisationFailure } from "../../../../local/plugins/protocol/initialisation-failure.ts";
import type { CreateRequest, UpdateRequest } from "../../../../local/plugins/protocol/provider.ts";
import type { Properties } from "../../../../local/plugins/protocol/values.ts";
import { ApiServerDouble, type Seen } from "./api-server-double.ts";

export const CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps";
export const DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
export const REPLICA_SETS = "/apis/apps/v1/namespaces/shop/replicasets";
export const JOBS = "/apis/batch/v1/namespaces/shop/jobs";
export const PODS = "/api/v1/namespaces/shop/pods";
export const SEED = new Uint8Array([1]);

export const urnOf = (type: string): string => `urn:pulumi:dev::shop::kubernetes:${type}::book`;
export const urn = urnOf("core/v1:ConfigMap");

export const configMap = (data: Properties, metadata: Properties = {}): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "book", namespace: "shop", ...metadata },
  data,
});

export const createRequest = (properties: Properties, preview = false): CreateRequest => ({
  urn,
  properties,
  timeout: 0,
  preview,
});

export const updateRequest = (olds: Properties, news: Properties, preview = false): UpdateRequest => ({
  id: "shop/book",
  urn,
  olds,
  oldInputs: {},
  news,
  timeout: 0,
  ignoreChanges: [],
  preview,
});

/** A provider and the API server that it talks to. */
export class ProviderRig {
  readonly server = new ApiServerDouble();
  #url = "";

  async start(): Promise<void> {
    this.#url = await this.server.start();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** A provider with these settings, on the double unless it is to look elsewhere. */
  async provider(settings: Record<string, string> = {}, url = this.#url): Promise<KubernetesProvider> {
    const provider = new KubernetesProvider(new Engine());
    const kubeconfig = JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: url } }],
      users: [{ name: "u", user: {} }],
    });
    const variables = Object.entries({ kubeconfig, ...settings }).map(
      ([key, value]) => [`kubernetes:config:${key}`, value] as const,
    );
    await provider.configure({ variables: new Map(variables), args: {} });
    return provider;
  }

  /** What the provider wrote. */
  writes(): Seen[] {
    return this.server.requests.filter(({ method }) => method !== "GET");
  }

  /** Waits until the provider watches a collection. */
  async watched(path: string): Promise<void> {
    const isWatched = (): boolean =>
      this.server.requests.some((seen) => seen.path === path && seen.query["watch"] === "true");
    while (!isWatched()) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The error that some work ends in. */
export async function errorOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the work ended without an error");
}

/** The initialisation failure that some work ends in. */
export async function failureOf(work: Promise<unknown>): Promise<InitialisationFailure> {
  const error = await errorOf(work);
  if (error instanceof InitialisationFailure) return error;
  throw new Error(`no initialisation failure but: ${error.message}`);
}
