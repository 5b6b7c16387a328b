import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { answering } from "../../jobs/answering.ts";

/** What an API server has and says, for a test; everything has a default that stops nobody. */
export interface Scene {
  version?: string;
  /** Kinds by `apiVersion`, besides the usual ones. */
  kinds?: Readonly<Record<string, readonly (readonly [kind: string, resource: string])[]>>;
  /** `apiVersion`s that are not served. */
  unserved?: readonly string[];
  namespaces?: readonly string[];
  /** What the login may do; by default everything. */
  rules?: readonly object[];
  /** Objects by path. */
  objects?: Readonly<Record<string, object>>;
  /** Items of lists by path. */
  lists?: Readonly<Record<string, readonly object[]>>;
  /** Items on a page of a list at most. */
  page?: number;
  /** Answers a request in place of all that; undefined lets it through. */
  intercept?: (seen: Seen) => Said | undefined;
  /** Milliseconds before each answer. */
  delay?: number;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly connection: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Said {
  readonly status: number;
  readonly body: object;
  readonly warnings?: readonly string[];
}

/** A double of an API server for questions before a stage, and a kubeconfig that leads to it. */
export interface ApiServerDouble {
  readonly cluster: { readonly kubeconfig: string };
  readonly seen: readonly Seen[];
  readonly close: () => Promise<void>;
}

const KINDS: NonNullable<Scene["kinds"]> = {
  v1: [
    ["ConfigMap", "configmaps"],
    ["Secret", "secrets"],
    ["Service", "services"],
    ["ServiceAccount", "serviceaccounts"],
  ],
  "apps/v1": [["Deployment", "deployments"]],
  "policy/v1": [["PodDisruptionBudget", "poddisruptionbudgets"]],
  "autoscaling/v2": [["HorizontalPodAutoscaler", "horizontalpodautoscalers"]],
  "gateway.networking.k8s.io/v1": [["HTTPRoute", "httproutes"]],
  "rbac.authorization.k8s.io/v1": [
    ["Role", "roles"],
    ["RoleBinding", "rolebindings"],
  ],
};

export async function apiServerDouble(scene: Scene = {}): Promise<ApiServerDouble> {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-preflight-"));
  const kubeconfig = join(folder, "kubeconfig");
  const seen: Seen[] = [];
  const server = await answering(({ method, path, body, connection }, response) => {
    const url = new URL(path, "http://localhost");
    const request = {
      method,
      path: url.pathname,
      query: url.searchParams,
      accept: String(response.req.headers.accept),
      connection,
      body: (body === "" ? {} : JSON.parse(body)) as Seen["body"],
    };
    seen.push(request);
    const said = scene.intercept?.(request) ?? answerTo(scene, request);
    void setTimeout(scene.delay ?? 0).then(() => {
      for (const warning of said.warnings ?? [])
        response.appendHeader("warning", `299 - ${JSON.stringify(warning)}`);
      response.writeHead(said.status, { "content-type": "application/json" }).end(JSON.stringify(said.body));
    });
  });
  writeFileSync(kubeconfig, kubeconfigFor(server.url));
  return {
    cluster: { kubeconfig },
    seen,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig with one context, for a server without TLS. */
export const kubeconfigFor = (server: string): string =>
  JSON.stringify({
    clusters: [{ name: "shop", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "shop", user: { token: "secret" } }],
    contexts: [{ name: "shop", context: { cluster: "shop", user: "shop" } }],
    "current-context": "shop",
  });

function answerTo(scene: Scene, { method, path, query, body }: Seen): Said {
  const kinds = { ...KINDS, ...scene.kinds };
  if (path === "/version") return { status: 200, body: { gitVersion: scene.version ?? "v1.34.4" } };
  const [, apiVersion = ""] = /^\/apis?\/((?:[\w.-]+\/)?v\d\w*)$/.exec(path) ?? [];
  if (apiVersion !== "") {
    const served = scene.unserved?.includes(apiVersion) ? undefined : kinds[apiVersion];
    if (!served) return failure(404, "the server could not find the requested resource");
    const resources = served.flatMap(([kind, name]) => [
      { name, kind, namespaced: true },
      { name: `${name}/status`, kind, namespaced: true },
    ]);
    return { status: 200, body: { resources } };
  }
  const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path) ?? [];
  if (namespace !== undefined)
    return (scene.namespaces ?? ["shop"]).includes(namespace)
      ? { status: 200, body: {} }
      : failure(404, `namespaces "${namespace}" not found`);
  if (path === RULES) {
    const resourceRules = scene.rules ?? [EVERYTHING];
    return { status: 201, body: { status: { incomplete: false, resourceRules } } };
  }
  if (method !== "GET") return { status: query.get("dryRun") === "All" ? 201 : 500, body };
  if (isList(path)) return pageOf(scene.lists?.[path] ?? [], scene.page ?? 500, query);
  const found = scene.objects?.[path];
  return found ? { status: 200, body: found } : failure(404, "not found");
}

/** The rule of an administrator. */
export const EVERYTHING = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

/** Where a login asks for its own rights. */
export const RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

/** Of a resource, without a name behind it. */
const isList = (path: string): boolean =>
  /^\/apis?\/(?:[\w.-]+\/)?v\d\w*(?:\/namespaces\/[^/]+)?\/[a-z]+$/.test(path);

function pageOf(items: readonly object[], size: number, query: URLSearchParams): Said {
  const from = Number(query.get("continue") ?? 0);
  const end = Math.min(items.length, from + Math.min(size, Number(query.get("limit") ?? size)));
  const metadata = end < items.length ? { continue: String(end) } : {};
  return { status: 200, body: { metadata, items: items.slice(from, end) } };
}

/** What the API server says when it says no. */
export const failure = (status: number, message: string, details: object = {}): Said => ({
  status,
  body: { kind: "Status", status: "Failure", code: status, message, details },
});

/** What it says to a login without a right. */
export const forbidden = (resource: string): Said =>
  failure(403, `${resource} is forbidden: User "ci" cannot list resource "${resource}" in API group ""`);
