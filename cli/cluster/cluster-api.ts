import https from "node:https";
import http from "node:http";
import type { RequestOptions } from "node:https";
import { resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { kubernetesApi, type ApiAnswer, type ApiRequest } from "../../protocol/kubernetes/api-client.ts";
import { loadKubeconfig, type ClusterChoice } from "../../protocol/kubernetes/kubeconfig.ts";
import { Trouble } from "../cli-error.ts";

/**
 * What `zd` asks of the Kubernetes API. Paths are those of the API server, as in
 * `kubectl get --raw`.
 */
export interface ClusterApi {
  /**
   * One object or list, null where there is none.
   * @throws {Trouble} where the cluster does not answer or refuses
   */
  readonly get: <T>(shape: z.ZodType<T>, path: string) => Promise<T | null>;
  /** Text, such as a log; null where there is none. */
  readonly text: (path: string) => Promise<string | null>;
  /**
   * Server-side apply with force: what the object says of these fields holds, whoever
   * wrote them before.
   */
  readonly apply: (path: string, manager: string, object: object) => Promise<void>;
  /** Ends the connections that are kept for the next question. */
  readonly close: () => void;
}

/** Longest wait for one answer. */
const LIMIT_MILLISECONDS = 5_000;

/**
 * Reaches a cluster as kubectl would, with every way of logging in that a kubeconfig knows.
 *
 * @param project folder that a relative path of the config counts from
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
      `Cannot read the kubeconfig ${where} as ${messageOf(error)}.`,
      "Set zero-downtime:cluster or KUBECONFIG to one that exists.",
    );
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Trouble(
      "unreachable",
      `Cannot reach a cluster as the kubeconfig ${where} has no context ${JSON.stringify(config.getCurrentContext() || "in force")}.`,
      "Choose one with kubectl config use-context, or set zero-downtime:cluster.context.",
    );
  }
  const login: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(login);
  } catch (error) {
    throw new Trouble(
      "unreachable",
      `Cannot log in to the cluster as context ${config.getCurrentContext()} says: ${messageOf(error)}.`,
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
    close: () => {
      if (login.agent && typeof login.agent !== "boolean") login.agent.destroy();
    },
  };
}

function send(
  server: string,
  context: string,
  login: RequestOptions,
  { method, path, query, headers: asked, body }: ApiRequest,
): Promise<ApiAnswer> {
  const url = new URL(`${server.replace(/\/+$/, "")}${path}${query}`);
  const { request } = url.protocol === "http:" ? http : https;
  const headers = { ...(login.headers as Record<string, string> | undefined), ...asked };
  return new Promise((resolveAnswer, reject) => {
    const sent = request(url, { ...login, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () =>
        resolveAnswer({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
    });
    sent.setTimeout(LIMIT_MILLISECONDS, () =>
      sent.destroy(new Error(`no answer within ${LIMIT_MILLISECONDS / 1000} s`)),
    );
    sent.on("error", (error) =>
      reject(
        new Trouble(
          "unreachable",
          `Cannot reach the cluster of context ${context} at ${server}: ${messageOf(error)}.`,
          "Is the cluster up, the VPN connected, the kubeconfig the right one? kubectl get pods tells the same.",
        ),
      ),
    );
    sent.end(body);
  });
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

/** An error's words; Node hides those of several attempts in an AggregateError. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
