import * as path from "node:path";
import { command, type CommandOptions } from "./machine/command.ts";
import { kubeconfigFile } from "./certificates.ts";
import { network } from "./machine/network.ts";
import type { Context } from "./component.ts";
import { kubernetes, programIn } from "./build/toolchain.ts";

/** Runs kubectl as the cluster's administrator. */
export function kubectl(
  context: Context,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const program = programIn(context.folders, kubernetes, "kubectl");
  return command(program, ["--kubeconfig", kubeconfigFile(context, "admin"), ...args], {
    ...options,
    env: { NO_PROXY: network.wholeRange, KUBECACHEDIR: kubectlCache(context), ...options.env },
  });
}

/** Instead of `~/.kube/cache`, which would remember a cluster that is long gone. */
export function kubectlCache(context: Context): string {
  return path.join(context.folders.run, "kubectl-cache");
}

/** Creates or updates objects; what others set on them stays. */
export async function apply(context: Context, objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await kubectl(
    context,
    ["apply", "--server-side", "--force-conflicts", "--field-manager=zero-downtime-local", "-f", "-"],
    {
      input: JSON.stringify(list),
    },
  );
}
