import type { RequestOptions } from "node:https";
import { resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { kubernetesApi, type ApiAnswer, type ApiRequest } from "../../protocol/kubernetes/api-client.ts";
import { loadKubeconfig, type ClusterChoice } from "../../protocol/kubernetes/kubeconfig.ts";
import { endConnections, errorWords, sendRequest } from "../../protocol/kubernetes/send-request.ts";
import { configKey } from "../../protocol/names.ts";
import { Trouble } from "../cli-error.ts";

/**
 * What `zd` needs of the Kubernetes API. Paths are those of the API server, as in `kubectl get
 * --raw`.
 */
export interface ClusterApi {
  /**
   * One object or list, null where there is none.
   * @throws {Trouble} where the cluster does not answer or refuses
   */
  readonly get: <T>(shape: z.ZodType<T>, path: string) => Promise<T | null>;
  /** Text, such as a log; null where there is none. */
  readonly text: (path: string) => Promise<string | null>;
  /** Server-side apply with force: sets these fields, whoever wrote them before. */
  readonly apply: (path: string, manager: string, object: object) => Promise<void>;
  /** Ends the connections that are kept for the next request. */
  readonly close: () => void;
}

/** Longest wait for one answer. */
const LIMIT_MILLISECONDS = 5_000;

/**
 * Reaches a cluster as kubectl would, with every login method of a kubeconfig.
 *
 * @param project folder that relative paths in config start from
 * @throws {Trouble} where the kubeconfig cannot be used
 */
export async function reachCluster(choice: ClusterChoice, project: string): Promise<ClusterApi> {
  const { kubeconfig, context } = choice;
  const where = kubeconfig ?? process.env["KUBECONFIG"] ?? "~/.kube/config";
  let config: KubeConfig;
  try {
    config = await loadKubeconfig({
      kubeconfig: kubeconfig === undefined ? undefined : resolve(project, kubeconfig),
      context,
    });
  } catch (error) {
    throw new Trouble(
      "unreachable",
      `Cannot read the kubeconfig ${where} as ${errorWords(error)}.`,
      `Set ${configKey("cluster")} or KUBECONFIG to one that exists.`,
    );
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Trouble(
      "unreachable",
      `Cannot reach a cluster as the kubeconfig ${where} has no context ${JSON.stringify(config.getCurrentContext() || "in force")}.`,
      `Choose one with kubectl config use-context, or set ${configKey("cluster.context")}.`,
    );
  }
  const login: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(login);
  } catch (error) {
    throw new Trouble(
      "unreachable",
      `Cannot log in to the cluster as context ${config.getCurrentContext()} says: ${errorWords(error)}.`,
      "Log in anew as your cluster's provider says, then try kubectl get pods.",
    );
  }
  return apiAt(cluster.server, config.getCurrentContext(), login);
}

function apiAt(server: string, context: string, login: RequestOptions): ClusterApi {
  const api = kubernetesApi<void>({
    send: (request) => send(server, context, login, request),
    refusal: (status, said, request) => refused(status, said, request, context),
  });
  return {
    get: async (shape, path) => (await api.get(shape, path)) ?? null,
    text: async (path) => (await api.text(path)) ?? null,
    apply: async (path, manager, object) => void (await api.apply(z.unknown(), path, object, manager)),
    close: () => endConnections(login),
  };
}

async function send(
  server: string,
  context: string,
  login: RequestOptions,
  request: ApiRequest,
): Promise<ApiAnswer> {
  try {
    return await sendRequest(server, login, request, LIMIT_MILLISECONDS);
  } catch (error) {
    throw new Trouble(
      "unreachable",
      `Cannot reach the cluster of context ${context} at ${server}: ${errorWords(error)}.`,
      "Is the cluster up, the VPN connected, the kubeconfig the right one? kubectl get pods tells the same.",
    );
  }
}

function refused(status: number, said: string, { method, path }: ApiRequest, context: string): Trouble {
  if (status === 401) {
    return new Trouble(
      "unreachable",
      `The cluster of context ${context} does not accept the login of the kubeconfig (401): ${said}.`,
      "It has expired, or belongs to another cluster: log in anew as your cluster's provider says, then try kubectl get pods.",
    );
  }
  const advice =
    status === 403
      ? `Ask whoever runs the cluster for that right, in the release's namespace.`
      : "Try again; kubectl get --raw /readyz tells how the API server is.";
  return new Trouble("unreachable", `The cluster refused ${method} ${path} (${status}): ${said}.`, advice);
}
