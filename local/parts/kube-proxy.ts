import * as path from "node:path";
import { kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { kubernetes, programIn } from "../build/toolchain.ts";

const NAME = "kube-proxy";

/**
 * Service addresses and NodePorts, by iptables; NodePorts answer on 127.0.0.1 and on the bridge,
 * nowhere else.
 */
export const kubeProxy: Part = {
  name: NAME,
  needs: [kubernetes],
  listens: onLoopback(ports.kubeProxyHealth, ports.kubeProxyMetrics),
  start: async (context) => {
    const configuration = JSON.stringify(proxyConfiguration(context), null, 2);
    const file = path.join(context.folders.run, "kube-proxy.json");
    writeIfChanged(file, configuration);
    await startDaemon(context.folders, {
      name: NAME,
      command: programIn(context.folders, kubernetes, NAME),
      args: [`--config=${file}`],
      configuration: [configuration],
    });
    await awaitDaemon(context.folders, NAME, () => kubeProxy.ready(context));
  },
  ready: () => httpProblem(`http://${network.loopback}:${ports.kubeProxyHealth}/healthz`),
  stop: (context) => stopDaemon(context.folders, NAME),
  address: () => `NodePorts on ${network.loopback} and ${network.nodeAddress}`,
};

function proxyConfiguration(context: Context): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    hostnameOverride: network.nodeName,
    clientConnection: { kubeconfig: kubeconfigFile(context, "kube-proxy") },
    clusterCIDR: network.podRange,
    nodePortAddresses: [`${network.loopback}/8`, network.nodeRange],
    healthzBindAddress: `${network.loopback}:${ports.kubeProxyHealth}`,
    metricsBindAddress: `${network.loopback}:${ports.kubeProxyMetrics}`,
    iptables: { localhostNodePorts: true, minSyncPeriod: "0.1s", syncPeriod: "30s" },
    // The table's size and its times are the host's; see the network part.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    oomScoreAdj: 0,
  };
}
