import type { KubeConfig } from "@kubernetes/client-node";

/** Which cluster: as in the config key `cluster`. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Half a second of loading: only spent by those who ask the cluster, and best begun while something
 * else is awaited.
 */
export const loadClient = () => import("@kubernetes/client-node");

/**
 * How a cluster is reached and logged in to: by the kubeconfig named, else by that of the
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
