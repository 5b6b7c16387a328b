import { createInterface } from "node:readline";
import { execa } from "execa";
import { apiAt, type ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import type { Target } from "../target.ts";

/** The Kubernetes API without the start of a kubectl in every request. */
export interface Proxy {
  readonly api: ClusterApi;
  readonly close: () => void;
}

/** Starts `kubectl proxy` on a free port of 127.0.0.1. */
export async function kubectlProxy(target: Target): Promise<Proxy> {
  const args = ["--kubeconfig", target.kubeconfig, "proxy", "--port=0"];
  const running = execa("kubectl", args, {
    env: target.variables,
    buffer: false,
    reject: false,
    stdin: "ignore",
  });
  for await (const line of createInterface({ input: running.stdout })) {
    const [address] = /127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address)
      return { api: apiAt(`http://${address}`, () => Promise.resolve("")), close: () => void running.kill() };
  }
  throw new Error("Cannot reach the Kubernetes API as kubectl proxy has ended");
}
