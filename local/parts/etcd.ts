import * as path from "node:path";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Part } from "../component.ts";
import { debian } from "../build/toolchain.ts";

const clientUrl = `http://${network.loopback}:${ports.etcd}`;
const peerUrl = `http://${network.loopback}:${ports.etcdPeer}`;

/** Kubernetes' store. */
export const etcd: Part = {
  name: "etcd",
  needs: [debian.etcd],
  listens: onLoopback(ports.etcd, ports.etcdPeer),
  start: async (context) => {
    await startDaemon(context.folders, {
      name: "etcd",
      command: "etcd",
      args: [
        "--name=zero-downtime",
        `--data-dir=${path.join(context.folders.run, "etcd")}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=zero-downtime=${peerUrl}`,
        "--auto-compaction-retention=10m",
        "--log-level=warn",
        "--logger=zap",
      ],
    });
    await awaitDaemon(context.folders, "etcd", () => etcd.ready(context));
  },
  ready: () => httpProblem(`${clientUrl}/health`),
  stop: (context) => stopDaemon(context.folders, "etcd"),
  address: () => clientUrl,
};

export const etcdUrl = clientUrl;
