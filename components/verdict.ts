import type { RequestOptions } from "node:https";
import { z } from "zod";
import type { Config } from "../protocol/config/config-schema.ts";
import { kubernetesApi } from "../protocol/kubernetes/api-client.ts";
import { loadKubeconfig } from "../protocol/kubernetes/kubeconfig.ts";
import { endConnections, errorWords, sendRequest } from "../protocol/kubernetes/send-request.ts";
import { verdictIn, verdictObject, type FoundVerdict } from "../release/verdict.ts";

const LONGEST_READ_MILLISECONDS = 10_000;

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Reads the verdict as it is in the cluster, in preview and update alike. Not through the engine:
 * what a program reads that way becomes part of the state, where an unchanged `up` would show it,
 * and a missing object would end the `up` without a way back.
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
    return { unreadable: errorWords(error) };
  }
}

/** Undefined where there is no such object. */
async function readData(
  { cluster, namespace }: Pick<Config, "cluster" | "namespace">,
  name: string,
): Promise<Record<string, string> | undefined> {
  const kubeconfig = await loadKubeconfig(cluster);
  const server = kubeconfig.getCurrentCluster()?.server;
  if (server === undefined)
    throw new Error(`the kubeconfig has no context ${JSON.stringify(kubeconfig.getCurrentContext())}`);
  const login: RequestOptions = {};
  await kubeconfig.applyToHTTPSOptions(login);
  const api = kubernetesApi<void>({
    send: (request) => sendRequest(server, login, request, LONGEST_READ_MILLISECONDS),
    refusal: (status, said) => new Error(`the API server answered ${status}: ${said}`),
  });
  try {
    return (await api.get(configMap, `/api/v1/namespaces/${namespace}/configmaps/${name}`))?.data;
  } finally {
    endConnections(login);
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
