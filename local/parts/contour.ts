import * as path from "node:path";
import { kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { apply, kubectl } from "../kubectl.ts";
import { folderOf } from "../build/dependency.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { contour as program, programIn } from "../build/toolchain.ts";

/** The one Gateway of the cluster. */
export const gateway = { namespace: "zero-downtime-gateway", name: "public", className: "contour" } as const;

/**
 * A name that only our own route answers to: without any route Contour gives Envoy no
 * listener at all.
 */
export const probeHost = "ready.zero-downtime.internal";

/** Contour: turns Gateways and HTTPRoutes into Envoy's configuration. */
export const contour: Part = {
  name: "contour",
  needs: [program],
  listens: onLoopback(ports.contourXds, ports.contourMetrics, ports.contourHealth, ports.contourDebug),
  start: async (context) => {
    if ((await gatewayProblem(context)) !== undefined) {
      await applyDefinitions(context);
      await apply(context, gatewayObjects());
      await acceptClass(context);
    }
    const configuration = JSON.stringify({
      // A line for each request of a load test would fill the disk.
      "accesslog-level": "disabled",
      gateway: { gatewayRef: { namespace: gateway.namespace, name: gateway.name } },
    });
    const file = path.join(context.folders.run, "contour.json");
    writeIfChanged(file, configuration);
    await startDaemon(context.folders, {
      name: "contour",
      command: programIn(context.folders, program),
      args: flags(context, file),
      configuration: [configuration],
    });
    await awaitDaemon(context.folders, "contour", () => contour.ready(context));
  },
  ready: async (context) => {
    const health = await httpProblem(`http://${network.loopback}:${ports.contourHealth}/healthz`);
    return health ?? gatewayProblem(context);
  },
  stop: (context) => stopDaemon(context.folders, "contour"),
  address: () => `Gateway ${gateway.namespace}/${gateway.name}`,
};

async function applyDefinitions(context: Context): Promise<void> {
  const folder = folderOf(context.folders, program);
  const files = ["00-crds.yaml", "01-crds.yaml"].map((name) => path.join(folder, name));
  const there = await kubectl(context, [
    "get",
    "crd",
    "httproutes.gateway.networking.k8s.io",
    "httpproxies.projectcontour.io",
    "-o",
    "name",
    "--ignore-not-found",
  ]);
  if (there.trim().split("\n").length === 2) return;
  await kubectl(context, [
    "apply",
    "--server-side",
    "--force-conflicts",
    ...files.flatMap((file) => ["-f", file]),
  ]);
  await kubectl(context, ["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]);
}

function gatewayObjects(): object[] {
  const api = "gateway.networking.k8s.io/v1";
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: gateway.namespace } },
    {
      apiVersion: api,
      kind: "GatewayClass",
      metadata: { name: gateway.className },
      spec: { controllerName: "projectcontour.io/gateway-controller" },
    },
    {
      apiVersion: api,
      kind: "Gateway",
      metadata: { name: gateway.name, namespace: gateway.namespace },
      spec: {
        gatewayClassName: gateway.className,
        listeners: [
          {
            name: "http",
            protocol: "HTTP",
            port: ports.gatewayListener,
            allowedRoutes: { namespaces: { from: "All" } },
          },
        ],
      },
    },
    {
      apiVersion: api,
      kind: "HTTPRoute",
      metadata: { name: "ready", namespace: gateway.namespace },
      spec: {
        parentRefs: [{ name: gateway.name }],
        hostnames: [probeHost],
        rules: [
          {
            filters: [{ type: "RequestRedirect", requestRedirect: { hostname: probeHost, statusCode: 302 } }],
          },
        ],
      },
    },
  ];
}

function flags(context: Context, configuration: string): string[] {
  return [
    "serve",
    `--config-path=${configuration}`,
    `--kubeconfig=${kubeconfigFile(context, "admin")}`,
    "--insecure",
    "--disable-leader-election",
    `--xds-address=${network.loopback}`,
    `--xds-port=${ports.contourXds}`,
    `--http-address=${network.loopback}`,
    `--http-port=${ports.contourMetrics}`,
    `--health-address=${network.loopback}`,
    `--health-port=${ports.contourHealth}`,
    `--debug-http-address=${network.loopback}`,
    `--debug-http-port=${ports.contourDebug}`,
    `--stats-address=${network.loopback}`,
    `--stats-port=${ports.envoyStats}`,
    `--envoy-service-http-address=${network.loopback}`,
    `--envoy-service-https-address=${network.loopback}`,
    `--ingress-status-address=${network.nodeAddress}`,
    "--kubernetes-client-qps=100",
    "--kubernetes-client-burst=200",
  ];
}

/**
 * Contour, told of its one Gateway by name, leaves the status of the class to its
 * operator: that is us.
 */
async function acceptClass(context: Context): Promise<void> {
  const condition = {
    type: "Accepted",
    status: "True",
    reason: "Accepted",
    message: "Served by Contour",
    lastTransitionTime: new Date().toISOString(),
  };
  await kubectl(context, [
    ...["patch", "gatewayclass", gateway.className, "--subresource=status", "--type=merge"],
    ...["-p", JSON.stringify({ status: { conditions: [condition] } })],
  ]);
}

async function gatewayProblem(context: Context): Promise<string | undefined> {
  const template = '{.status.conditions[?(@.type=="Programmed")].status}';
  const answer = await kubectl(
    context,
    ["-n", gateway.namespace, "get", "gateway", gateway.name, "-o", `jsonpath=${template}`],
    {
      limitMilliseconds: 5000,
    },
  ).catch((error: unknown) => String(error));
  return answer === "True" ? undefined : `the Gateway is not programmed: ${answer || "no status yet"}`;
}
