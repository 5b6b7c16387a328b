import * as path from "node:path";
import { kubeconfigFile } from "../certificates.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { network, onBridge, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { readIfThere } from "../machine/process-identity.ts";
import { coredns as program, programIn } from "../build/toolchain.ts";

/** Names of Services for pods, on the node's bridge address. */
export const coredns: Part = {
  name: "coredns",
  needs: [program],
  listens: [...onBridge(ports.dns), ...onLoopback(ports.dnsReady)],
  start: async (context) => {
    const configuration = corefile(kubeconfigFile(context, "admin"), readIfThere("/etc/resolv.conf") ?? "");
    const file = path.join(context.folders.run, "Corefile");
    writeIfChanged(file, configuration);
    await startDaemon(context.folders, {
      name: "coredns",
      command: programIn(context.folders, program),
      args: ["-conf", file],
      configuration: [configuration],
    });
    await awaitDaemon(context.folders, "coredns", () => coredns.ready(context));
  },
  ready: () => httpProblem(`http://${network.loopback}:${ports.dnsReady}/ready`),
  stop: (context: Context) => stopDaemon(context.folders, "coredns"),
  address: () => `${network.nodeAddress}:${ports.dns}`,
};

/**
 * The server's configuration; other names are asked from this machine's own name servers,
 * if it has any.
 */
export function corefile(kubeconfig: string, resolvConf: string): string {
  const forward = /^\s*nameserver\s+\S+/m.test(resolvConf) ? "    forward . /etc/resolv.conf\n" : "";
  return `.:${ports.dns} {
    bind ${network.nodeAddress}
    errors
    ready ${network.loopback}:${ports.dnsReady}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfig}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 1
    }
    cache 1
${forward}}
`;
}
