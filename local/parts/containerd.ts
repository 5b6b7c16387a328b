import * as fs from "node:fs";
import * as path from "node:path";
import { noteFolders, removeNotedFolders } from "../machine/created-folders.ts";
import { command, succeeds } from "../machine/command.ts";
import { awaitDaemon, startDaemon, stopDaemon, type Daemon } from "../machine/daemon.ts";
import { network } from "../machine/network.ts";
import { removeContainers } from "../machine/remove-containers.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { debian } from "../build/toolchain.ts";
import { registryAddress } from "./registry.ts";

/** The image that holds a pod's namespaces; built by the images part. */
export const pauseImage = `${registryAddress}/pause:1`;

/** Folders that containerd, its shims and the network plugins use whatever their settings say. */
const fixedFolders = ["/run/containerd", "/var/lib/cni", "/opt/containerd"];

const CNI_FOLDER = "/usr/lib/cni";

/**
 * containerd with a socket, a root and a state of our own: another one on this machine is
 * not touched.
 */
export const containerd: Part = {
  name: "containerd",
  needs: [debian.containerd, debian.runc, debian.cni],
  start: async (context) => {
    noteFolders(context, "containerd", fixedFolders);
    await startDaemon(context.folders, daemon(context));
    await awaitDaemon(context.folders, "containerd", () => containerd.ready(context));
  },
  ready: async (context) => {
    const socket = containerdSocket(context);
    if (!fs.existsSync(socket)) return "no socket yet";
    return (await succeeds("ctr", ["--address", socket, "version"]))
      ? undefined
      : "its socket does not answer";
  },
  stop: async (context) => {
    // First containerd: it must not tidy up at the same time.
    await stopDaemon(context.folders, "containerd");
    await removeContainers(containerdFolder(context));
    removeNotedFolders(context, "containerd");
  },
  address: containerdSocket,
};

export function containerdFolder(context: Context): string {
  return path.join(context.folders.run, "containerd");
}

export function containerdSocket(context: Context): string {
  return path.join(containerdFolder(context), "containerd.sock");
}

function daemon(context: Context): Daemon {
  const folder = containerdFolder(context);
  const cni = path.join(context.folders.run, "cni");
  fs.mkdirSync(folder, { recursive: true });
  fs.mkdirSync(cni, { recursive: true });
  const configuration = containerdConfiguration(context);
  const file = path.join(folder, "config.toml");
  writeIfChanged(file, configuration);
  writeIfChanged(path.join(cni, "10-zero-downtime.conflist"), JSON.stringify(podNetwork(context), null, 2));
  return {
    name: "containerd",
    command: "containerd",
    args: ["--config", file],
    configuration: [configuration],
  };
}

function containerdConfiguration(context: Context): string {
  const folder = containerdFolder(context);
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${containerdSocket(context)}"
[${cri}]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE a container's score may only go up.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "${network.loopback}"
  stream_server_port = "0"
[${cri}.cni]
  bin_dir = "${CNI_FOLDER}"
  conf_dir = "${context.folders.run}/cni"
[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  Root = "${folder}/runc"
[${cri}.registry.mirrors."${registryAddress}"]
  endpoint = ["http://${registryAddress}"]
`;
}

/**
 * Pods are routed, not bridged: so every packet of theirs passes the host's Service rules, whatever
 * the kernel's bridge settings.
 */
function podNetwork(context: Context): object {
  return {
    cniVersion: "0.4.0",
    name: "zero-downtime",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: network.podRange }]],
          routes: [{ dst: "0.0.0.0/0" }],
          dataDir: path.join(context.folders.run, "cni", "addresses"),
        },
      },
    ],
  };
}

/** Runs `ctr` in the namespace of Kubernetes. */
export function ctr(context: Context, args: readonly string[]): Promise<string> {
  return command("ctr", ["--address", containerdSocket(context), "--namespace", "k8s.io", ...args]);
}
