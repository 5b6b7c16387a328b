import type { Config } from "../protocol/config/config-schema.ts";
import { kubernetesApi, type KubernetesApi } from "../protocol/kubernetes/api-client.ts";
import { connectApi } from "./connect-api.ts";

/**
 * Reads objects as they are in the cluster, in preview and update alike. Not through the engine:
 * what a program reads that way becomes part of the state, where an unchanged `up` would show it,
 * and a missing object would end the `up` without a way back.
 *
 * @param limitMilliseconds for all that is read
 * @throws {Error} where the cluster does not answer in time, refuses, or is not in the kubeconfig
 */
export async function readCluster<Value>(
  cluster: Config["cluster"],
  limitMilliseconds: number,
  read: (api: Pick<KubernetesApi, "get">) => Promise<Value>,
): Promise<Value> {
  const { send, end } = await connectApi(cluster, limitMilliseconds);
  try {
    return await read(
      kubernetesApi<void>({
        send,
        refusal: (status, said) => new Error(`the API server answered ${status}: ${said}`),
      }),
    );
  } finally {
    end();
  }
}
