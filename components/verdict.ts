import { verdictIn, verdictObject, type FoundVerdict } from "../release/verdict.ts";
import { loadClient, loadKubeconfig } from "../protocol/kubernetes/kubeconfig.ts";
import type { Config } from "../protocol/config/config-schema.ts";

const LONGEST_READ_MILLISECONDS = 10_000;

/**
 * Reads the verdict as it stands in the cluster, in preview and update alike. Not through the
 * engine: what a program reads there becomes part of the state, where an unchanged `up` would show
 * it, and an object that is missing would end the `up` without a way back.
 */
export async function readVerdict(
  config: Pick<Config, "cluster" | "namespace" | "app">,
): Promise<FoundVerdict> {
  const { namespace } = config;
  const app = config.app.name;
  try {
    const data = await within(LONGEST_READ_MILLISECONDS, readData(config, verdictObject(app)));
    return verdictIn(data, { namespace, app });
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

/** Undefined where there is no such object. */
async function readData(
  { cluster, namespace }: Pick<Config, "cluster" | "namespace">,
  name: string,
): Promise<Record<string, string> | undefined> {
  // Takes half a second to load, and only a move that needs the verdict loads it.
  const { ApiException, CoreV1Api } = await loadClient();
  const kubeconfig = await loadKubeconfig(cluster);
  try {
    const found = await kubeconfig.makeApiClient(CoreV1Api).readNamespacedConfigMap({ name, namespace });
    return found.data ?? {};
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the Kubernetes API has not answered within ${milliseconds / 1000} s`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
