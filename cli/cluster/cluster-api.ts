import https from "node:https";
import http from "node:http";
import type { RequestOptions } from "node:https";
import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { Trouble } from "../cli-error.ts";

/** What `zd` asks of the Kubernetes API. Paths are those of the API server, as in `kubectl get --raw`. */
export interface ClusterApi {
  /** One object or list, null where there is none. @throws {Trouble} where the cluster does not answer or refuses */
  readonly get: <T>(shape: z.ZodType<T>, path: string) => Promise<T | null>;
  /** Text, such as a log; null where there is none. */
  readonly text: (path: string) => Promise<string | null>;
  /** Server-side apply with force: what the object says of these fields holds, whoever wrote them before. */
  readonly apply: (path: string, manager: string, object: object) => Promise<void>;
  /** Ends the connections that are kept for the next question. */
  readonly close: () => void;
}

/** Which cluster: as in the config key `cluster`. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Longest wait for one answer. */
const LIMIT_MILLISECONDS = 5_000;

/** Half a second of loading: only spent by those who ask the cluster, and best begun while something else is awaited. */
export const loadClient = () => import("@kubernetes/client-node");

/**
 * Reaches a cluster as kubectl would, with every way of logging in that a kubeconfig knows.
 *
 * @param project folder that a relative path of the config counts from
 * @throws {Trouble} where the kubeconfig cannot be used
 */
export async function reachCluster(choice: ClusterChoice, project: string): Promise<ClusterApi> {
  const { KubeConfig } = await loadClient();
  const config = new KubeConfig();
  const { kubeconfig, context } = choice;
  const where = kubeconfig ?? process.env["KUBECONFIG"] ?? "~/.kube/config";
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(isAbsolute(kubeconfig) ? kubeconfig : resolve(project, kubeconfig));
    if (context !== undefined) config.setCurrentContext(context);
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
  const ask = (path: string, options: Question) => request(server, context, login, path, options);
  return {
    get: async (shape, path) => {
      const answer = await ask(path, { method: "GET", accept: "application/json" });
      if (answer === null) return null;
      const parsed = shape.safeParse(JSON.parse(answer));
      if (parsed.success) return parsed.data;
      throw new Error(
        `Cannot understand ${path} as it is not shaped as expected: ${z.prettifyError(parsed.error)}`,
      );
    },
    text: (path) => ask(path, { method: "GET", accept: "*/*" }),
    apply: async (path, manager, object) => {
      const query = new URLSearchParams({ fieldManager: manager, force: "true" });
      const body = JSON.stringify(object);
      await ask(`${path}?${query}`, { method: "PATCH", accept: "application/json", body });
    },
    close: () => {
      if (login.agent && typeof login.agent !== "boolean") login.agent.destroy();
    },
  };
}

interface Question {
  readonly method: "GET" | "PATCH";
  readonly accept: string;
  readonly body?: string;
}

function request(
  server: string,
  context: string,
  login: RequestOptions,
  path: string,
  { method, accept, body }: Question,
): Promise<string | null> {
  const url = new URL(`${server.replace(/\/+$/, "")}${path}`);
  const { request: send } = url.protocol === "http:" ? http : https;
  const type = body === undefined ? {} : { "content-type": "application/apply-patch+yaml" };
  const headers = { ...(login.headers as Record<string, string> | undefined), accept, ...type };
  return new Promise((resolveAnswer, reject) => {
    const sent = send(url, { ...login, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const status = answer.statusCode ?? 0;
        if (status === 404) resolveAnswer(null);
        else if (status >= 200 && status < 300) resolveAnswer(text);
        else reject(refused(status, text, `${method} ${path}`, context));
      });
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

function refused(status: number, text: string, what: string, context: string): Trouble {
  const said = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const message = said === undefined ? text.slice(0, 200) : String(JSON.parse(said));
  if (status === 401) {
    return new Trouble(
      "unreachable",
      `The cluster of context ${context} does not accept the login of the kubeconfig (401): ${message}.`,
      "It has expired, or belongs to another cluster: log in anew as your cluster's provider says, then try kubectl get pods.",
    );
  }
  const advice =
    status === 403
      ? `Ask whoever runs the cluster for that right, in the release's namespace.`
      : "Try again; kubectl get --raw /readyz tells how the API server is.";
  return new Trouble("unreachable", `The cluster refused ${what} (${status}): ${message}.`, advice);
}

/** An error's words; Node hides those of several attempts in an AggregateError. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
