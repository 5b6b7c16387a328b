// Pods as an API server lists them and as they count, made up: as long as real ones are.
import { Counter, Histogram, Registry } from "prom-client";

type Colour = "blue" | "green";

const ROUTES = ["/", "/addresses", "/addresses/:id", "/search", "/export", "/login", "/healthz", "/readyz"];
/** Requests a second of a pod. */
const RATE = 20;

/** Addresses of the loopback that are no other test's. */
export const addressOf = (pod: number): string => `127.1.${Math.floor(pod / 250)}.${1 + (pod % 250)}`;

export const podName = (colour: Colour, at: number): string =>
  `address-book-${colour}-6bf6958c5c-${at.toString(36).padStart(5, "w")}`;

/** Half of all pods are of each colour; each as JSON. */
export function podItems(colour: Colour, pods: number): string[] {
  const each = Math.ceil(pods / 2);
  return Array.from({ length: each }, (_, at) =>
    JSON.stringify(pod(podName(colour, at), colour, addressOf(colour === "blue" ? at : each + at))),
  );
}

/** With what nobody here looks at, as the API server sends that too. */
function pod(name: string, colour: Colour, podIP: string): object {
  const at = "2026-01-01T00:00:00Z";
  const environment = Array.from({ length: 12 }, (_, n) => ({
    name: `SETTING_${n}`,
    value: "value ".repeat(4),
  }));
  const probe = {
    httpGet: { path: "/readyz", port: "http", scheme: "HTTP" },
    timeoutSeconds: 2,
    periodSeconds: 1,
  };
  const fields = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [`f:${path}`, {}]));
  const image = `registry.example.com/shop/address-book@sha256:${"ab".repeat(32)}`;
  return {
    metadata: {
      name,
      generateName: name.slice(0, -5),
      namespace: "shop",
      uid: "3f0e8a1c-57a1-4a44-9f7e-6f3a7a0d2b11",
      resourceVersion: "123456",
      creationTimestamp: at,
      labels: { app: "book", colour, "pod-template-hash": "6bf6958c5c" },
      annotations: { "example.com/checked": "true", "example.com/team": "address book" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: name.slice(0, -6), controller: true },
      ],
      managedFields: ["kube-controller-manager", "kubelet"].map((manager) => ({
        manager,
        operation: "Update",
        apiVersion: "v1",
        time: at,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": fields(["generateName", "labels", "annotations", "ownerReferences"]),
          "f:spec": {
            "f:containers": { 'k:{"name":"app"}': fields(environment.map((one) => `env ${one.name}`)) },
            ...fields([
              "dnsPolicy",
              "enableServiceLinks",
              "restartPolicy",
              "schedulerName",
              "securityContext",
            ]),
          },
        },
      })),
    },
    spec: {
      nodeName: "node-17",
      serviceAccountName: "default",
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      tolerations: ["not-ready", "unreachable"].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
      volumes: [{ name: "kube-api-access", projected: { defaultMode: 420, sources: [] } }],
      containers: [
        {
          name: "app",
          image,
          env: environment,
          ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
          readinessProbe: probe,
          livenessProbe: probe,
          startupProbe: probe,
          volumeMounts: [{ name: "kube-api-access", mountPath: "/var/run/secrets", readOnly: true }],
        },
      ],
    },
    status: {
      phase: "Running",
      podIP,
      podIPs: [{ ip: podIP }],
      hostIP: "10.0.0.17",
      startTime: at,
      qosClass: "Burstable",
      conditions: [
        "PodScheduled",
        "PodReadyToStartContainers",
        "Initialized",
        "ContainersReady",
        "Ready",
      ].map((type) => ({ type, status: "True", lastProbeTime: null, lastTransitionTime: at })),
      containerStatuses: [
        {
          name: "app",
          ready: true,
          started: true,
          restartCount: 0,
          image,
          imageID: image,
          containerID: `containerd://${"cd".repeat(32)}`,
          state: { running: { startedAt: at } },
          lastState: {},
        },
      ],
    },
  };
}

const registry = new Registry();
const labelNames = ["method", "route", "code"];
const requests = new Counter({
  name: "http_requests_total",
  help: "Requests",
  labelNames,
  registers: [registry],
});
const durations = new Histogram({
  name: "http_request_duration_seconds",
  help: "Durations",
  labelNames,
  registers: [registry],
});
for (const route of ROUTES)
  for (const code of ["200", "404", "500"]) {
    requests.inc({ method: "GET", route, code }, 0);
    durations.zero({ method: "GET", route, code });
  }
const LINES = (await registry.metrics()).split("\n");

/** Of the buckets' default bounds, how many of a hundred requests took at most so long. */
const AT_MOST: Readonly<Record<string, number>> = {
  "0.005": 10,
  "0.01": 35,
  "0.025": 70,
  "0.05": 85,
  "0.1": 95,
  "0.25": 98,
  "0.5": 99,
};

/**
 * The page of a pod that has run for so long: requests and durations by route and status, what
 * prom-client tells of every process, and a hundred series that nobody asks for.
 */
export function metricsPage(seconds: number): string {
  const counted = LINES.map((line) => {
    if (line.startsWith("#") || line === "") return line;
    const share = /code="200"/.test(line) ? 0.97 : /code="404"/.test(line) ? 0.03 : 0;
    const bound = /le="([^"]+)"/.exec(line)?.[1];
    const atMost = bound === undefined ? 1 : (AT_MOST[bound] ?? 100) / 100;
    const value = Math.floor(((RATE * seconds * share) / ROUTES.length) * atMost);
    return `${line.slice(0, line.lastIndexOf(" "))} ${value}`;
  });
  const others = Array.from(
    { length: 100 },
    (_, at) => `shop_cache_entries{cache="products",shard="${at}",kind="least recently used"} ${at}`,
  );
  return [
    ...counted,
    "# TYPE process_cpu_seconds_total counter",
    `process_cpu_seconds_total ${(seconds * 0.05).toFixed(3)}`,
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${90 * 2 ** 20}`,
    "# TYPE shop_cache_entries gauge",
    ...others,
    "",
  ].join("\n");
}
