import { certificateFile, keyFile, kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { secureHealthProblem } from "../health/https-health.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Part } from "../component.ts";
import { kubernetes, programIn } from "../build/toolchain.ts";

const NAME = "kube-controller-manager";

/** The controllers of Kubernetes: Deployments, Jobs, EndpointSlices and so on. */
export const controllerManager: Part = {
  name: NAME,
  needs: [kubernetes],
  listens: onLoopback(ports.controllerManager),
  start: async (context) => {
    const config = kubeconfigFile(context, "controller-manager");
    await startDaemon(context.folders, {
      name: NAME,
      command: programIn(context.folders, kubernetes, NAME),
      args: [
        `--kubeconfig=${config}`,
        `--authentication-kubeconfig=${config}`,
        `--authorization-kubeconfig=${config}`,
        `--bind-address=${network.loopback}`,
        `--secure-port=${ports.controllerManager}`,
        `--root-ca-file=${certificateFile(context, "ca")}`,
        `--service-account-private-key-file=${keyFile(context, "service-account")}`,
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--profiling=false",
      ],
    });
    await awaitDaemon(context.folders, NAME, () => controllerManager.ready(context));
  },
  ready: () => secureHealthProblem(ports.controllerManager),
  stop: (context) => stopDaemon(context.folders, NAME),
  address: () => `${network.loopback}:${ports.controllerManager}`,
};
