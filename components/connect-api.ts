import type { RequestOptions } from "node:https";
import type { ApiAnswer, ApiRequest } from "../protocol/kubernetes/api-client.ts";
import { loadKubeconfig, type ClusterChoice } from "../protocol/kubernetes/kubeconfig.ts";
import {
  endConnections,
  errorWords,
  keepingConnections,
  sendRequest,
} from "../protocol/kubernetes/send-request.ts";

/** The API server of a kubeconfig, for as many questions as there is time for. */
export interface OpenApi {
  /** @throws {Error} where there is no answer before the time of all questions is over */
  readonly send: (request: ApiRequest) => Promise<ApiAnswer>;
  readonly end: () => void;
}

/** Enough to have an answer while the next questions are on their way. */
const CONNECTIONS = 8;

/**
 * Connects to the cluster in config, with the rights of its kubeconfig.
 *
 * @param limitMilliseconds time for the login and all questions together, from now on
 * @throws {Error} where the kubeconfig cannot be used, or logging in takes too long
 */
export async function connectApi(choice: ClusterChoice, limitMilliseconds: number): Promise<OpenApi> {
  const signal = AbortSignal.timeout(limitMilliseconds);
  const tooLate = new Error(`the Kubernetes API has not answered within ${limitMilliseconds / 1000} s`);
  const { server, login, options } = await inTime(signal, tooLate, logIn(choice));
  return {
    send: async (request) => {
      try {
        return await sendRequest(server, { ...options, signal }, request, limitMilliseconds);
      } catch (error) {
        throw signal.aborted ? tooLate : new Error(errorWords(error), { cause: error });
      }
    },
    end: () => {
      endConnections(options);
      endConnections(login);
    },
  };
}

/** A login may be a program of a provider, which asks others. */
async function logIn(choice: ClusterChoice) {
  const kubeconfig = await loadKubeconfig(choice);
  const cluster = kubeconfig.getCurrentCluster();
  if (!cluster)
    throw new Error(`the kubeconfig has no context ${JSON.stringify(kubeconfig.getCurrentContext())}`);
  const login: RequestOptions = {};
  await kubeconfig.applyToHTTPSOptions(login);
  return { server: cluster.server, login, options: keepingConnections(login, cluster, CONNECTIONS) };
}

function inTime<Value>(signal: AbortSignal, tooLate: Error, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const end = () => late.reject(tooLate);
  signal.addEventListener("abort", end);
  return Promise.race([work, late.promise]).finally(() => signal.removeEventListener("abort", end));
}
