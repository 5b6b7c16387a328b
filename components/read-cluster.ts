import type { RequestOptions } from "node:https";
import type { Config } from "../protocol/config/config-schema.ts";
import { kubernetesApi, type KubernetesApi } from "../protocol/kubernetes/api-client.ts";
import { loadKubeconfig } from "../protocol/kubernetes/kubeconfig.ts";
import { endConnections, sendRequest } from "../protocol/kubernetes/send-request.ts";

/**
 * Reads objects as they are in the cluster, in preview and update alike. Not through the engine:
 * what a program reads that way becomes part of the state, where an unchanged `up` would show it,
 * and a missing object would end the `up` without a way back.
 *
 * @param limitMilliseconds for all that is read
 * @throws {Error} where the cluster does not answer in time, refuses, or is not in the kubeconfig
 */
export const readCluster = <Value>(
  cluster: Config["cluster"],
  limitMilliseconds: number,
  read: (api: Pick<KubernetesApi, "get">) => Promise<Value>,
): Promise<Value> => within(limitMilliseconds, connected(cluster, limitMilliseconds, read));

async function connected<Value>(
  cluster: Config["cluster"],
  limitMilliseconds: number,
  read: (api: Pick<KubernetesApi, "get">) => Promise<Value>,
): Promise<Value> {
  const kubeconfig = await loadKubeconfig(cluster);
  const server = kubeconfig.getCurrentCluster()?.server;
  if (server === undefined)
    throw new Error(`the kubeconfig has no context ${JSON.stringify(kubeconfig.getCurrentContext())}`);
  const login: RequestOptions = {};
  await kubeconfig.applyToHTTPSOptions(login);
  const api = kubernetesApi<void>({
    send: (request) => sendRequest(server, login, request, limitMilliseconds),
    refusal: (status, said) => new Error(`the API server answered ${status}: ${said}`),
  });
  try {
    return await read(api);
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
