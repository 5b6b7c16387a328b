// A double of what a guard sees: an API server with two colours' pods, an entrance and the verdict
// object, and the pods' metrics pages.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { apiAt, type ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import { guardSettings, type GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import type { TrafficMode } from "../../../protocol/traffic/backends.ts";
import type { Weights } from "../../../release/workload.ts";
import type { LiveEntrance } from "../../../protocol/traffic/live-traffic.ts";
import type { Entrances } from "../../../protocol/traffic/entrance.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { answering, type Answering } from "../answering.ts";

type Json = Record<string, unknown>;

/** A pod with an address of its own on the loopback. */
export interface PodDouble {
  readonly name: string;
  readonly colour: "blue" | "green";
  isReady: boolean;
  /** How it answers who asks for its metrics. */
  metrics: "page" | "hangs" | "fails" | "garbage";
  requests: number;
  failures: number;
}

export interface WatchedDouble {
  readonly api: ClusterApi;
  readonly settings: GuardSettings;
  readonly pods: PodDouble[];
  /** The verdict object's content. */
  data: Record<string, string>;
  /** There is no verdict object. */
  isVerdictGone: boolean;
  /** Percent by colour, or the selector's colour; written by others, too. */
  weights: { blue: number; green: number };
  readonly writers: string[];
  /** Answers every request with this status, when set. */
  status: number;
  /** Somebody else writes the verdict object. */
  readonly touch: () => void;
  readonly close: () => Promise<void>;
}

export async function watchedDouble(more: Partial<GuardSettings> = {}): Promise<WatchedDouble> {
  const pods: PodDouble[] = ["blue", "blue", "green", "green"].map((colour, at) => ({
    name: `${colour}-${at}`,
    colour: colour as "blue" | "green",
    isReady: true,
    metrics: "page",
    requests: 0,
    failures: 0,
  }));
  const { port, servers } = await servePods(pods);
  let version = 1;
  const server: Answering = await answering(({ method, path, body }, response) => {
    const answer = (status: number, object: Json) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(object));
    if (double.status !== 200) return answer(double.status, { message: `status ${double.status}` });
    const [resource = "", query = ""] = path.split("?");
    const written = method === "PATCH" ? (JSON.parse(body) as Json) : undefined;
    if (written) double.writers.push(new URLSearchParams(query).get("fieldManager") ?? "");
    if (resource.endsWith("/pods")) return answer(200, { items: listPods(pods, query) });
    if (resource.endsWith("/configmaps/book-verdict")) {
      if (written) {
        const { metadata, data } = written as { metadata: Json; data: Record<string, string> };
        const expected = double.isVerdictGone ? undefined : String(version);
        if (metadata["resourceVersion"] !== expected) return answer(409, { message: "newer" });
        version += 1;
        double.data = data;
        double.isVerdictGone = false;
      }
      if (double.isVerdictGone) return answer(404, { message: "not found" });
      return answer(200, { metadata: { resourceVersion: String(version) }, data: double.data });
    }
    if (written) double.weights = weightsIn(written);
    return answer(200, resource.includes("/httproutes/") ? routeOf(double) : serviceOf(double));
  });
  const double: WatchedDouble = {
    api: apiAt(server.url, () => Promise.resolve("token\n")),
    settings: settingsFor(port, more),
    pods,
    data: {},
    isVerdictGone: false,
    weights: { blue: 95, green: 5 },
    writers: [],
    status: 200,
    touch: () => (version += 1),
    close: async () => {
      await server.close();
      for (const each of servers) each.closeAllConnections();
      await Promise.all(servers.map((each) => new Promise((resolve) => each.close(resolve))));
    },
  };
  return double;
}

/** The ways in to the application of these doubles. */
export const entrancesOf = (mode: TrafficMode): Entrances =>
  simpleEntrances({ app: { name: "book" }, traffic: { mode } });

/** The route of these doubles, as a guard sees it. */
export function entranceGiving(weights: Weights): LiveEntrance {
  const [entrance] = entrancesOf("gateway").objects;
  if (!entrance) throw new Error("Cannot see an entrance as there is none");
  return { entrance, weights, others: [], writer: "zero-downtime" };
}

/** What a guard of these doubles is told. */
export function settingsFor(port: number, more: Partial<GuardSettings>): GuardSettings {
  const { metrics } = configSchema.shape.canary.parse({});
  const side = (colour: "blue" | "green", release: string) => ({
    colour,
    version: release,
    image: `registry/app@sha256:${colour}`,
    labels: { colour },
  });
  return guardSettings.parse({
    namespace: "shop",
    number: 1,
    watched: 5,
    active: side("blue", "1.0.0"),
    candidate: side("green", "2.0.0"),
    replicas: 2,
    workloads: ["blue", "green"],
    entrances: entrancesOf("gateway"),
    back: null,
    verdict: "book-verdict",
    limits: { ...DEFAULT_LIMITS, minimumSeconds: 0, durations: null, cpu: null, memory: null },
    allowed: null,
    everySeconds: 0.2,
    metrics: { ...metrics, path: "/metrics", port, prometheus: null },
    database: null,
    port: 0,
    ...more,
  });
}

/** One server for each pod, all on the same port. */
async function servePods(pods: readonly PodDouble[]): Promise<{ port: number; servers: Server[] }> {
  const servers: Server[] = [];
  let port = 0;
  for (const [at, pod] of pods.entries()) {
    const server = createServer((_, response) => {
      if (pod.metrics === "hangs") return;
      if (pod.metrics === "fails") return void response.writeHead(500).end();
      response.end(pod.metrics === "garbage" ? "http_requests_total{ oh no" : pageOf(pod));
    });
    server.listen(port, addressOf(at));
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  return { port, servers };
}

const addressOf = (at: number): string => `127.0.0.${at + 1}`;

const pageOf = ({ requests, failures }: PodDouble): string =>
  `http_requests_total{code="200"} ${requests - failures}\nhttp_requests_total{code="500"} ${failures}\n`;

const listPods = (pods: readonly PodDouble[], query: string): Json[] =>
  pods.flatMap(({ name, colour, isReady }, at) =>
    new URLSearchParams(query).get("labelSelector") === `colour=${colour}`
      ? [
          {
            metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
            status: {
              podIP: addressOf(at),
              conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
              containerStatuses: [
                { name: "proxy", restartCount: 3 },
                { name: "app", restartCount: 0 },
              ],
            },
          },
        ]
      : [],
  );

const managedFields = (writers: readonly string[]) => [
  {
    manager: writers.at(-1) ?? "zero-downtime",
    time: "2026-01-01T00:00:02Z",
    fieldsV1: { "f:spec": { "f:rules": {}, "f:selector": {} } },
  },
  { manager: "kubectl-annotate", time: "2026-01-01T00:00:03Z", fieldsV1: { "f:metadata": {} } },
];

const routeOf = ({ weights, writers }: WatchedDouble): Json => ({
  metadata: { managedFields: managedFields(writers) },
  spec: {
    rules: [
      {
        backendRefs: [
          { name: "book-blue", weight: weights.blue },
          { name: "book-green", weight: weights.green },
        ],
      },
    ],
  },
});

const serviceOf = ({ weights, writers }: WatchedDouble): Json => ({
  metadata: { managedFields: managedFields(writers) },
  spec: {
    selector: {
      "app.kubernetes.io/name": "book",
      "zero-downtime/workload": weights.blue > 0 ? "blue" : "green",
    },
  },
});

interface Written {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly rules?: readonly {
      readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
    }[];
  };
}

function weightsIn(written: Json): WatchedDouble["weights"] {
  const { spec } = written as unknown as Written;
  const of = (colour: string) =>
    spec.rules
      ? (spec.rules.at(-1)?.backendRefs.find(({ name }) => name === `book-${colour}`)?.weight ?? 0)
      : spec.selector?.["zero-downtime/workload"] === colour
        ? 100
        : 0;
  return { blue: of("blue"), green: of("green") };
}
