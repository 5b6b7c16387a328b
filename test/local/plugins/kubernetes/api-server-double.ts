// An API server small enough to read: a few kinds, stored in memory, watched, with what a test
// scripts on top.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isProperties, type Properties } from "../../../../local/plugins/protocol/values.ts";
import { nameOf, text, withValue } from "../../../../local/plugins/kubernetes/objects/objects.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: Properties;
}

/** By group and version: the kinds, by the word that addresses them. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/api/v1": {
    configmaps: "ConfigMap",
    endpoints: "Endpoints",
    persistentvolumeclaims: "PersistentVolumeClaim",
    pods: "Pod",
    secrets: "Secret",
    serviceaccounts: "ServiceAccount",
    services: "Service",
  },
  "/apis/apiextensions.k8s.io/v1": { customresourcedefinitions: "CustomResourceDefinition" },
  "/apis/apps/v1": {
    daemonsets: "DaemonSet",
    deployments: "Deployment",
    replicasets: "ReplicaSet",
    statefulsets: "StatefulSet",
  },
  "/apis/autoscaling/v2": { horizontalpodautoscalers: "HorizontalPodAutoscaler" },
  "/apis/batch/v1": { cronjobs: "CronJob", jobs: "Job" },
  "/apis/gateway.networking.k8s.io/v1": { grpcroutes: "GRPCRoute", httproutes: "HTTPRoute" },
  "/apis/monitoring.coreos.com/v1": { podmonitors: "PodMonitor", servicemonitors: "ServiceMonitor" },
  "/apis/networking.k8s.io/v1": { ingresses: "Ingress", networkpolicies: "NetworkPolicy" },
  "/apis/policy/v1": { poddisruptionbudgets: "PodDisruptionBudget" },
  "/apis/rbac.authorization.k8s.io/v1": {
    clusterroles: "ClusterRole",
    rolebindings: "RoleBinding",
    roles: "Role",
  },
  "/apis/scheduling.k8s.io/v1": { priorityclasses: "PriorityClass" },
};

/** These live in no namespace. */
const CLUSTER_WIDE = ["ClusterRole", "CustomResourceDefinition", "PriorityClass"];

/** Collection or object: group and version, namespace, the kind's word, the name. */
const PATH = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/;

/** Serves objects at `/<base>[/namespaces/<namespace>]/<plural>[/<name>]`. */
export class ApiServerDouble {
  readonly requests: Seen[] = [];
  /** Answers a request in place of the double; undefined lets it through. */
  intercept: (seen: Seen) => Answer | undefined = () => undefined;
  readonly #objects = new Map<string, Properties>();
  readonly #watchers = new Set<{ readonly path: string; readonly response: ServerResponse }>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #version = 0;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Stores an object and tells those who watch, as a controller would. */
  put(collection: string, object: Properties): Properties {
    const path = `${collection}/${nameOf(object)}`;
    const known = this.#objects.get(path);
    this.#version += 1;
    const uid = text(known, "metadata", "uid") || text(object, "metadata", "uid") || `uid-${this.#version}`;
    const stored = withValue(
      withValue(object, ["metadata", "uid"], uid),
      ["metadata", "resourceVersion"],
      String(this.#version),
    );
    this.#objects.set(path, stored);
    this.#tell(collection, known === undefined ? "ADDED" : "MODIFIED", stored);
    return stored;
  }

  get(path: string): Properties | undefined {
    return this.#objects.get(path);
  }

  remove(path: string): void {
    const object = this.#objects.get(path);
    this.#objects.delete(path);
    if (object !== undefined) this.#tell(path.slice(0, path.lastIndexOf("/")), "DELETED", object);
  }

  #tell(path: string, type: string, object: Properties): void {
    for (const watcher of this.#watchers) {
      if (watcher.path === path) watcher.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    let content = "";
    for await (const chunk of request) content += String(chunk);
    const body: unknown = content === "" ? undefined : JSON.parse(content);
    const query = Object.fromEntries(url.searchParams);
    const seen = { method: request.method ?? "", path: url.pathname, query, body };
    this.requests.push(seen);
    if (query["watch"] === "true") {
      response.writeHead(200).flushHeaders();
      this.#watchers.add({ path: url.pathname, response });
      return;
    }
    const answer = this.intercept(seen) ?? this.#answer(seen);
    response
      .writeHead(answer.status, { "Content-Type": "application/json" })
      .end(JSON.stringify(answer.body));
  }

  #answer({ method, path, query, body }: Seen): Answer {
    if (path === "/apis") return { status: 200, body: {} };
    const kinds = KINDS[path];
    if (kinds !== undefined) {
      const resources = Object.entries(kinds).map(([name, kind]) => ({
        name,
        kind,
        namespaced: !CLUSTER_WIDE.includes(kind),
      }));
      return { status: 200, body: { resources } };
    }
    const [, base = "", namespace, plural = "", name] = PATH.exec(path) ?? [];
    const kind = KINDS[base]?.[plural] ?? "";
    const apiVersion = base.replace(/^\/apis?\//, "");
    if (method === "GET" && name === undefined) {
      const items = [...this.#objects]
        .filter(([key]) => key.startsWith(`${path}/`))
        .map(([, object]) => object);
      return {
        status: 200,
        body: { apiVersion, kind: `${kind}List`, items, metadata: { resourceVersion: "1" } },
      };
    }
    const wanted = isProperties(body) ? body : {};
    const target = name === undefined ? `${path}/${nameOf(wanted)}` : path;
    const found = this.#objects.get(target);
    if (method === "POST" && found !== undefined) {
      return failure(409, "AlreadyExists", `${plural} "${nameOf(wanted)}" already exists`);
    }
    if (method === "POST" || (method === "PATCH" && !Array.isArray(body))) {
      const merged = { ...found, ...wanted, kind };
      const object =
        namespace === undefined ? merged : withValue(merged, ["metadata", "namespace"], namespace);
      const isDry = query["dryRun"] === "All";
      return {
        status: found === undefined ? 201 : 200,
        body: isDry ? object : this.put(target.slice(0, target.lastIndexOf("/")), object),
      };
    }
    if (found === undefined) return failure(404, "NotFound", `${plural} "${name ?? ""}" not found`);
    if (method === "DELETE") this.remove(target);
    return { status: 200, body: found };
  }
}

/** What the API server says when it says no. */
export function failure(status: number, reason: string, message: string): Answer {
  return { status, body: { kind: "Status", status: "Failure", code: status, reason, message } };
}
