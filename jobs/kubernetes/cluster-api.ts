import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { kubernetesApi, type ApiRequest, type KubernetesApi } from "../../protocol/kubernetes/api-client.ts";
import { NoAnswer, requestTwice } from "../http/request.ts";

/**
 * The Kubernetes API as the Jobs use it; every request is aborted with its signal. It throws
 * `Forbidden` when the ServiceAccount lacks the right, `Conflict` when an object names a
 * `resourceVersion` that is no longer its newest, and `NoAnswer` when the API server does not
 * answer, or answers with an error of its own.
 */
export type ClusterApi = Pick<KubernetesApi<AbortSignal>, "get" | "apply">;

/** The same, with the clock by which the API server notes when an object was made. */
export interface TimedClusterApi extends ClusterApi {
  /**
   * What that clock said with its last answer, in milliseconds since the epoch; null where it does
   * not say.
   */
  readonly answeredAt: () => number | null;
}

/** The ServiceAccount lacks a right; waiting does not help. */
export class Forbidden extends Error {
  override readonly name = "Forbidden";
}

/** Somebody else has written the object since it was read. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

const LONGEST_REQUEST_MILLISECONDS = 5_000;
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Reaches the API server as a pod does. */
export async function clusterApi(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  account = ACCOUNT,
): Promise<TimedClusterApi> {
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) {
    throw new Error(
      "Cannot reach the Kubernetes API as KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: run inside a pod",
    );
  }
  const ca = await readFile(`${account}/ca.crt`, "utf8");
  const base = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return apiAt(base, () => readFile(`${account}/token`, "utf8"), ca);
}

/**
 * Reaches an API server at a URL; the token is read for every request, as the kubelet renews it.
 */
export function apiAt(base: string, token: () => Promise<string>, ca?: string): TimedClusterApi {
  const agent = base.startsWith("https:") ? new Agent({ keepAlive: true }) : false;
  let date: string | undefined;
  const api = kubernetesApi({
    send: async ({ method, path, query, headers, body }, signal: AbortSignal) => {
      const answer = await requestTwice(new URL(`${path}${query}`, base), {
        method,
        headers: { ...headers, authorization: `Bearer ${(await token()).trim()}` },
        agent,
        deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
        signal,
        ...(body === undefined ? {} : { body }),
        ...(ca === undefined ? {} : { ca }),
      });
      date = answer.headers.date;
      return answer;
    },
    refusal,
  });
  const answeredAt = () => {
    const at = Date.parse(date ?? "");
    return Number.isNaN(at) ? null : at;
  };
  return { ...api, answeredAt };
}

function refusal(status: number, said: string, { method, path }: ApiRequest): Error {
  const verb = method === "GET" ? "read" : "write";
  if (status === 401 || status === 403)
    return new Forbidden(`Cannot ${verb} ${path} as the API server answered ${status}: ${said}`);
  if (status === 409 && verb === "write")
    return new Conflict(`Cannot write ${path} as somebody else has: ${said}`);
  return new NoAnswer(`HTTP${status}`, `${path}: answer ${status}: ${said}`);
}
