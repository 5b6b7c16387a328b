import * as fs from "node:fs";
import * as path from "node:path";
import { noteFolders, removeNotedFolders } from "../machine/created-folders.ts";
import { certificateFile, keyFile, kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { kubectl } from "../kubectl.ts";
import { network, onBridge, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { kubernetes, programIn } from "../build/toolchain.ts";
import { unmountBelow } from "../machine/unmount-below.ts";
import { containerdSocket } from "./containerd.ts";

const NAME = "kubelet";

/** Folders that the kubelet uses whatever its settings say. */
const fixedFolders = ["/var/lib/kubelet", "/var/log/containers"];

/** The node. */
export const kubelet: Part = {
  name: NAME,
  needs: [kubernetes],
  listens: [...onBridge(ports.kubelet), ...onLoopback(ports.kubeletHealth)],
  start: async (context) => {
    noteFolders(context, NAME, fixedFolders);
    const configuration = JSON.stringify(kubeletConfiguration(context), null, 2);
    const file = path.join(context.folders.run, "kubelet.json");
    writeIfChanged(file, configuration);
    writeIfChanged(resolvFile(context), `nameserver ${network.nodeAddress}\n`);
    await startDaemon(context.folders, {
      name: NAME,
      command: programIn(context.folders, kubernetes, NAME),
      args: [
        `--config=${file}`,
        `--kubeconfig=${kubeconfigFile(context, "kubelet")}`,
        `--root-dir=${kubeletFolder(context)}`,
        `--cert-dir=${path.join(kubeletFolder(context), "pki")}`,
        `--hostname-override=${network.nodeName}`,
        `--node-ip=${network.nodeAddress}`,
      ],
      configuration: [configuration],
    });
    await awaitDaemon(context.folders, NAME, () => kubelet.ready(context));
  },
  ready: async (context) => {
    const template = '{range .status.conditions[?(@.type=="Ready")]}{.status} {.message}{end}';
    const answer = await kubectl(
      context,
      ["get", "node", network.nodeName, "-o", `jsonpath=${template}`, "--ignore-not-found"],
      {
        limitMilliseconds: 5000,
      },
    ).catch((error: unknown) => String(error));
    return answer.startsWith("True")
      ? undefined
      : `the node is not ready: ${answer || "it has not registered yet"}`;
  },
  stop: async (context) => {
    await stopDaemon(context.folders, NAME);
    await unmountBelow(kubeletFolder(context));
    removeLogLinks(context);
    removeNotedFolders(context, NAME);
  },
  address: () => `${network.nodeAddress}:${ports.kubelet}`,
};

function kubeletFolder(context: Context): string {
  return path.join(context.folders.run, NAME);
}

function resolvFile(context: Context): string {
  return path.join(context.folders.run, "resolv.conf");
}

function kubeletConfiguration(context: Context): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeAddress,
    port: ports.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: network.loopback,
    healthzPort: ports.kubeletHealth,
    tlsCertFile: certificateFile(context, "kubelet-serving"),
    tlsPrivateKeyFile: keyFile(context, "kubelet-serving"),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificateFile(context, "ca") },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${containerdSocket(context)}`,
    clusterDomain: "cluster.local",
    clusterDNS: [network.nodeAddress],
    resolvConf: resolvFile(context),
    podLogsDir: path.join(context.folders.run, "pod-logs"),
    volumePluginDir: path.join(kubeletFolder(context), "volume-plugins"),
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    failCgroupV1: false,
    localStorageCapacityIsolation: false,
    // A nearly full disk is the owner's business: nothing is evicted for it.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "0%",
      "imagefs.available": "0%",
      "nodefs.inodesFree": "0%",
    },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    oomScoreAdj: 0,
    enableDebuggingHandlers: true,
  };
}

/** Where others keep /var/log/containers too: only our own links, which lead nowhere by now. */
function removeLogLinks(context: Context): void {
  const links = "/var/log/containers";
  for (const name of fs.existsSync(links) ? fs.readdirSync(links) : []) {
    const file = path.join(links, name);
    if (fs.lstatSync(file).isSymbolicLink() && fs.readlinkSync(file).startsWith(context.folders.run))
      fs.rmSync(file);
  }
}
