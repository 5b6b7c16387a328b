import { type ClusterApi, apiAt } from "../../jobs/kubernetes/cluster-api.ts";
import { answering } from "./answering.ts";

/**
 * A double of the Kubernetes API server that serves what a test puts into it; the real one is met
 * in the journeys.
 */
export interface ClusterDouble {
  readonly api: ClusterApi;
  readonly objects: Objects;
  /** What was written to the Deployment, and by whom; its controller follows at once. */
  readonly applied: { readonly manager: string | null; readonly image: string }[];
  /** Answers every request with this status, when set. */
  status: number;
  readonly close: () => Promise<void>;
}

interface Objects {
  deployment: object | undefined;
  pods: object[];
  /** Pods of the other colour. */
  bluePods: object[];
  endpoints: { addresses: string[]; conditions: { ready: boolean } }[];
  /** The same of further Services, by name. */
  further: Record<string, Objects["endpoints"]>;
  events: object[];
  /** What the object book-verdict holds; undefined where there is none. */
  verdict: object | undefined;
}

export const IMAGE = "registry/address-book@sha256:2";

export async function clusterDouble(objects: Partial<Objects> = {}): Promise<ClusterDouble> {
  const held: Objects = {
    deployment: deployment(),
    pods: [],
    bluePods: [],
    endpoints: [],
    further: {},
    events: [],
    verdict: undefined,
    ...objects,
  };
  const server = await answering(({ method, path, body }, response) => {
    response.setHeader("content-type", "application/json");
    if (double.status !== 200) {
      return void response
        .writeHead(double.status)
        .end(JSON.stringify({ kind: "Status", message: `status ${double.status}` }));
    }
    const [resource = "", query = ""] = path.split("?");
    const parameters = new URLSearchParams(query);
    if (method === "PATCH") {
      const written = JSON.parse(body) as Written;
      const image = imageOf(written);
      double.applied.push({ manager: parameters.get("fieldManager"), image });
      held.deployment = { ...deployment({ image }), spec: { ...specOf(deployment()), ...written.spec } };
      held.pods = [pod("x", { image }), pod("y", { image })];
    }
    const found = lookUp(held, resource, parameters);
    response
      .writeHead(found === undefined ? 404 : 200)
      .end(JSON.stringify(found ?? { message: "not found" }));
  });
  const double: ClusterDouble = {
    api: apiAt(server.url, () => Promise.resolve("token\n")),
    objects: held,
    applied: [],
    status: 200,
    close: server.close,
  };
  return double;
}

interface Written {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ image: string }] } };
  };
}

const imageOf = (written: Written): string => written.spec.template.spec.containers[0].image;

const specOf = (written: object): object => (written as Written).spec;

function lookUp(held: Objects, resource: string, query: URLSearchParams): object | undefined {
  if (resource === "/apis/apps/v1/namespaces/shop/deployments/book-green") return held.deployment;
  if (resource === "/api/v1/namespaces/shop/pods" && query.get("labelSelector") === "app=book,colour=green") {
    return { items: held.pods };
  }
  if (resource === "/api/v1/namespaces/shop/pods" && query.get("labelSelector") === "app=book,colour=blue") {
    return { items: held.bluePods };
  }
  const [, podName] = /^\/api\/v1\/namespaces\/shop\/pods\/([^/]+)$/.exec(resource) ?? [];
  if (podName)
    return held.pods.find((each) => (each as { metadata: { name: string } }).metadata.name === podName);
  if (resource === "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices") {
    const [, service = ""] = query.get("labelSelector")?.split("kubernetes.io/service-name=") ?? [];
    const endpoints = service === "book-green" ? held.endpoints : (held.further[service] ?? []);
    return { items: [{ addressType: "IPv4", endpoints: endpoints.length > 0 ? endpoints : null }] };
  }
  if (
    resource === "/api/v1/namespaces/shop/events" &&
    query.get("fieldSelector")?.includes("reason=Failed")
  ) {
    return { items: held.events };
  }
  if (resource === "/api/v1/namespaces/shop/configmaps/book-verdict" && held.verdict)
    return { data: { verdict: JSON.stringify(held.verdict) } };
  return undefined;
}

export function deployment(
  more: {
    image?: string;
    version?: string;
    template?: string;
    observed?: number;
    available?: number;
    replicas?: number;
    updated?: number;
    conditions?: object[];
  } = {},
): object {
  const { version, template, replicas = 2 } = more;
  const env = version === undefined ? {} : { env: [{ name: "ZERO_DOWNTIME_VERSION", value: version }] };
  return {
    metadata: { name: "book-green", generation: 2 },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "book", colour: "green" } },
      template: {
        metadata: annotated(template),
        spec: { containers: [{ name: "app", image: more.image ?? IMAGE, ...env }] },
      },
    },
    status: {
      replicas,
      updatedReplicas: more.updated ?? replicas,
      observedGeneration: more.observed ?? 2,
      availableReplicas: more.available ?? 2,
      conditions: more.conditions ?? [],
    },
  };
}

const annotated = (template: string | undefined) =>
  template === undefined ? {} : { annotations: { "zero-downtime/template": template } };

export function pod(
  name: string,
  more: {
    image?: string;
    template?: string;
    ready?: boolean;
    scheduled?: object;
    container?: object;
    deleted?: boolean;
    node?: string;
  } = {},
): object {
  const ready = more.ready ?? true;
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      ...annotated(more.template),
      ...(more.deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      containers: [{ name: "app", image: more.image ?? IMAGE }],
      ...(more.node === undefined ? {} : { nodeName: more.node }),
    },
    status: {
      phase: ready ? "Running" : "Pending",
      conditions: [
        more.scheduled ?? { type: "PodScheduled", status: "True" },
        { type: "Ready", status: ready ? "True" : "False" },
      ],
      containerStatuses: [
        {
          name: "app",
          ready,
          restartCount: 0,
          state: ready ? { running: {} } : {},
          lastState: {},
          ...more.container,
        },
      ],
    },
  };
}

export function endpoint(address: string, ready = true): Objects["endpoints"][number] {
  return { addresses: [address], conditions: { ready } };
}
