import type { KubeConfig } from "@kubernetes/client-node";

/** Which cluster: as in the config key `cluster`. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Takes half a second to load, so only what needs the cluster loads it, and best while something
 * else is awaited.
 */
export const loadClient = () => import("@kubernetes/client-node");

/**
 * How to reach a cluster and log in to it: by the given kubeconfig, else by that of the
 * environment.
 *
 * @throws {Error} where there is no such kubeconfig, or it cannot be read
 */
export async function loadKubeconfig({ kubeconfig, context }: ClusterChoice): Promise<KubeConfig> {
  const { KubeConfig: Kubeconfig } = await loadClient();
  const config = new Kubeconfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}
