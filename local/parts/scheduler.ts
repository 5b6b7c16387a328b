import { kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { secureHealthProblem } from "../health/https-health.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Part } from "../component.ts";
import { kubernetes, programIn } from "../build/toolchain.ts";

const NAME = "kube-scheduler";

/** Puts pods on the one node. */
export const scheduler: Part = {
  name: NAME,
  needs: [kubernetes],
  listens: onLoopback(ports.scheduler),
  start: async (context) => {
    const config = kubeconfigFile(context, "scheduler");
    await startDaemon(context.folders, {
      name: NAME,
      command: programIn(context.folders, kubernetes, NAME),
      args: [
        `--kubeconfig=${config}`,
        `--authentication-kubeconfig=${config}`,
        `--authorization-kubeconfig=${config}`,
        `--bind-address=${network.loopback}`,
        `--secure-port=${ports.scheduler}`,
        "--leader-elect=false",
        "--profiling=false",
      ],
    });
    await awaitDaemon(context.folders, NAME, () => scheduler.ready(context));
  },
  ready: () => secureHealthProblem(ports.scheduler),
  stop: (context) => stopDaemon(context.folders, NAME),
  address: () => `${network.loopback}:${ports.scheduler}`,
};
