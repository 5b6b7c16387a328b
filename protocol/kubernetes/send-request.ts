import http from "node:http";
import https, { type RequestOptions } from "node:https";
import type { ApiAnswer, ApiRequest } from "./api-client.ts";

/**
 * Sends a request to an API server with the login of a kubeconfig, for a transport of
 * `kubernetesApi`.
 *
 * @param login what `KubeConfig.applyToHTTPSOptions` has filled in
 * @throws {Error} where there is no answer in time
 */
export function sendRequest(
  server: string,
  login: RequestOptions,
  { method, path, query, headers: asked, body }: ApiRequest,
  limitMilliseconds: number,
): Promise<ApiAnswer> {
  const url = new URL(`${server.replace(/\/+$/, "")}${path}${query}`);
  const { request } = url.protocol === "http:" ? http : https;
  const headers = { ...(login.headers as Record<string, string> | undefined), ...asked };
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...login, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: Buffer.concat(parts).toString("utf8"),
          warnings: warningsIn(answer.headers.warning),
        }),
      );
    });
    sent.setTimeout(limitMilliseconds, () =>
      sent.destroy(new Error(`no answer within ${limitMilliseconds / 1000} s`)),
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/**
 * The texts of a Warning header, in which the API server puts each into quotes: `299 - "…", 299 -
 * "…"`.
 */
function warningsIn(header = ""): string[] {
  return [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}

/**
 * Has a login keep this many connections at most, and use each again: a handshake costs more than
 * most answers. A login through a proxy stays as it is.
 *
 * @returns the login to send requests with
 */
export function keepingConnections(
  login: RequestOptions,
  { server, proxyUrl }: { readonly server: string; readonly proxyUrl?: string | undefined },
  most: number,
): RequestOptions {
  if (proxyUrl !== undefined) return login;
  const { Agent } = server.startsWith("http:") ? http : https;
  return { ...login, agent: new Agent({ keepAlive: true, maxSockets: most }) };
}

/** Ends the connections that a login keeps for the next request. */
export function endConnections({ agent }: RequestOptions): void {
  if (agent && typeof agent !== "boolean") agent.destroy();
}

/** An error's words; Node hides those of several attempts in an AggregateError. */
export function errorWords(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorWords).join("; ");
  return error instanceof Error ? error.message : String(error);
}
