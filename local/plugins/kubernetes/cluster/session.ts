// A configured provider: its settings, and the cluster if it can be reached.
import { ApiError, isNotFound, UnreachableError } from "./api-error.ts";
import { Client } from "./client.ts";
import { Discovery } from "./discovery.ts";
import { Informers } from "./informers.ts";
import { ambientKubeconfig, parseKubeconfig, selectCluster, type Cluster } from "./kubeconfig.ts";
import { gvkOf, nameOf, namespaceOf } from "../objects/objects.ts";
import type { Settings } from "./settings.ts";
import type { Engine } from "../../protocol/engine.ts";
import type { Properties } from "../../protocol/values.ts";

// As long as client-go waits for an answer to a discovery request.
const DISCOVERY_MILLISECONDS = 32_000;

/** A cluster that answers. */
export interface Reachable {
  readonly client: Client;
  readonly discovery: Discovery;
  readonly informers: Informers;
}

/** What every operation of a configured provider works with. */
export interface Session {
  readonly settings: Settings;
  readonly engine: Engine;
  /** The cluster, or why there is none. */
  readonly cluster: Reachable | { readonly unreachable: string };
  /** Namespace for objects that name none; "" when no kubeconfig tells. */
  readonly defaultNamespace: string;
  /** Aborts when the user wants everything under way to end. */
  readonly cancelled: AbortSignal;
}

/**
 * Finds the cluster. An unusable kubeconfig or a silent server is not an error yet:
 * previews do without.
 */
export async function openSession(
  settings: Settings,
  version: string,
  engine: Engine,
  cancelled: AbortSignal,
): Promise<Session> {
  const chosen = chooseCluster(settings);
  const common = { settings, engine, cancelled };
  if ("unreachable" in chosen)
    return { ...common, cluster: chosen, defaultNamespace: settings.namespace ?? "" };
  const client = new Client(chosen, settings.timeout ?? 0, `pulumi-kubernetes/${version}`);
  const reason = await whyUnreachable(client, settings.timeout ?? DISCOVERY_MILLISECONDS);
  const cluster =
    reason === undefined
      ? { client, discovery: new Discovery(client), informers: new Informers(client, cancelled) }
      : { unreachable: `unable to load schema information from the API server: ${reason}` };
  return { ...common, cluster, defaultNamespace: chosen.namespace };
}

/** The cluster. Throws when it cannot be reached. */
export function reachable(session: Session): Reachable {
  if ("unreachable" in session.cluster) {
    throw new Error(`configured Kubernetes cluster is unreachable: ${session.cluster.unreachable}`);
  }
  return session.cluster;
}

/** The object in the cluster that goes by the name of this one. */
export async function readLive(
  { client, discovery }: Reachable,
  object: Properties,
  name?: string,
): Promise<Properties> {
  const path = await discovery.path(gvkOf(object), namespaceOf(object), name ?? nameOf(object));
  return client.request({ method: "GET", path });
}

function chooseCluster(settings: Settings): Cluster | { unreachable: string } {
  const { kubeconfig } = settings;
  try {
    const config = kubeconfig === undefined ? ambientKubeconfig() : parseKubeconfig(kubeconfig);
    return selectCluster(config, settings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { unreachable: kubeconfigProblem(kubeconfig !== undefined, message) };
  }
}

function kubeconfigProblem(given: boolean, message: string): string {
  return given && !message.startsWith("invalid configuration") && !message.startsWith("context ")
    ? `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${message}`
    : "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n" +
        " \t • set up the provider as per " +
        `https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ \n\n ${message}`;
}

// The official provider loads the whole API description here; asking for its existence
// tells the same.
async function whyUnreachable(client: Client, timeout: number): Promise<string | undefined> {
  try {
    await client.request({ method: "GET", path: "/apis", timeout });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code === 401) {
      return "the server has asked for the client to provide credentials";
    }
    if (error instanceof UnreachableError || (error instanceof ApiError && !isNotFound(error)))
      return error.message;
    throw error;
  }
}
