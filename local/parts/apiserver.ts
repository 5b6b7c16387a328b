import { certificateFile, keyFile, kubeconfigFile, makeCertificates } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { kubectl } from "../kubectl.ts";
import { network, onBridge, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { debian, kubernetes, programIn } from "../build/toolchain.ts";
import { etcdUrl } from "./etcd.ts";

const NAME = "kube-apiserver";

/** The Kubernetes API, on the bridge only: it refuses to advertise a loopback address. */
export const apiserver: Part = {
  name: NAME,
  needs: [kubernetes, debian.openssl],
  listens: onBridge(ports.apiserver),
  start: async (context) => {
    await makeCertificates(context);
    await startDaemon(context.folders, {
      name: NAME,
      command: programIn(context.folders, kubernetes, NAME),
      args: flags(context),
    });
    await awaitDaemon(context.folders, NAME, () => apiserver.ready(context));
  },
  ready: async (context) => {
    try {
      await kubectl(context, ["get", "--raw", "/readyz"], { limitMilliseconds: 5000 });
      return undefined;
    } catch (error) {
      return lastLine(error);
    }
  },
  stop: (context) => stopDaemon(context.folders, NAME),
  address: (context) =>
    `https://${network.nodeAddress}:${ports.apiserver} (KUBECONFIG=${kubeconfigFile(context, "admin")})`,
};

function flags(context: Context): string[] {
  return [
    `--advertise-address=${network.nodeAddress}`,
    `--bind-address=${network.nodeAddress}`,
    `--secure-port=${ports.apiserver}`,
    `--etcd-servers=${etcdUrl}`,
    `--service-cluster-ip-range=${network.serviceRange}`,
    "--authorization-mode=Node,RBAC",
    "--anonymous-auth=false",
    `--client-ca-file=${certificateFile(context, "ca")}`,
    `--tls-cert-file=${certificateFile(context, "apiserver")}`,
    `--tls-private-key-file=${keyFile(context, "apiserver")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${keyFile(context, "service-account")}`,
    `--service-account-signing-key-file=${keyFile(context, "service-account")}`,
    `--kubelet-certificate-authority=${certificateFile(context, "ca")}`,
    `--kubelet-client-certificate=${certificateFile(context, "apiserver-to-kubelet")}`,
    `--kubelet-client-key=${keyFile(context, "apiserver-to-kubelet")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--profiling=false",
    "--v=0",
  ];
}

function lastLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n").at(-1) ?? message;
}
