// Requests to a Kubernetes API server. Node's own https, because the client libraries take most of
// a second to load.
import http from "node:http";
import https from "node:https";
import { ApiError, UnreachableError } from "./api-error.ts";
import type { Cluster } from "./kubeconfig.ts";
import { decode, isProperties, type Properties } from "../../protocol/values.ts";

/** One request; the query is put together from pairs. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Properties | readonly Properties[];
  readonly contentType?: string;
  /** Milliseconds; the client's own limit when absent. */
  readonly timeout?: number;
}

const ATTEMPTS_WHEN_BUSY = 10;

/** Talks to one API server. */
export class Client {
  readonly #cluster: Cluster;
  readonly #agent: http.Agent;
  readonly #timeout: number;
  readonly #userAgent: string;

  /** @param timeout Milliseconds for one request; 0 = no limit. */
  constructor(cluster: Cluster, timeout: number, userAgent: string) {
    this.#cluster = cluster;
    this.#timeout = timeout;
    this.#userAgent = userAgent;
    const options = { keepAlive: true, maxSockets: 64 };
    this.#agent = cluster.server.startsWith("https:")
      ? new https.Agent({ ...options, ...tlsOptions(cluster) })
      : new http.Agent(options);
  }

  get server(): string {
    return this.#cluster.server;
  }

  /** Sends a request and reads the object it answers with. Throws ApiError or UnreachableError. */
  async request(request: ApiRequest): Promise<Properties> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#send(request, request.timeout ?? this.#timeout);
      const status = response.statusCode ?? 0;
      const retryAfter = Number(response.headers["retry-after"] ?? 0);
      const body = parseBody(await readAll(response));
      if (status >= 200 && status < 300) return body;
      if (status !== 429 || retryAfter === 0 || attempt === ATTEMPTS_WHEN_BUSY)
        throw new ApiError(status, body);
      await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
    }
  }

  /** Watches: one object a line, until the server ends it or `signal` aborts. */
  async *lines(request: ApiRequest, signal: AbortSignal): AsyncGenerator<Properties> {
    const response = await this.#send(request, 0, signal);
    const status = response.statusCode ?? 0;
    if (status !== 200) throw new ApiError(status, parseBody(await readAll(response)));
    response.setEncoding("utf8");
    let rest = "";
    for await (const chunk of response) {
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) if (part.trim() !== "") yield parseBody(part);
    }
  }

  #send(request: ApiRequest, timeout: number, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const url = new URL(this.#cluster.server + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const send = url.protocol === "https:" ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method: request.method,
        agent: this.#agent,
        headers: this.#headers(request, body),
        ...(signal === undefined ? {} : { signal }),
      });
      const timer = timeout > 0 ? setTimeout(() => outgoing.destroy(new TimeoutError()), timeout) : undefined;
      outgoing.on("response", (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        // A kept-alive connection that the server closed just now: the request never arrived.
        if (error.code === "ECONNRESET" && outgoing.reusedSocket) {
          this.#send(request, timeout, signal).then(resolve, reject);
        } else if (signal?.aborted === true) reject(error);
        else
          reject(new UnreachableError(`${goMethod(request.method)} "${url.href}": ${goError(error, url)}`));
      });
      outgoing.end(body);
    });
  }

  #headers(request: ApiRequest, body: string | undefined): http.OutgoingHttpHeaders {
    const { token, password } = this.#cluster;
    const basic = password && Buffer.from(`${password.user}:${password.password}`).toString("base64");
    return {
      Accept: "application/json",
      "User-Agent": this.#userAgent,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(basic === undefined ? {} : { Authorization: `Basic ${basic}` }),
      ...(body === undefined
        ? {}
        : {
            "Content-Type": request.contentType ?? "application/json",
            "Content-Length": Buffer.byteLength(body),
          }),
    };
  }
}

class TimeoutError extends Error {
  readonly code = "ETIMEOUT";
}

function tlsOptions(cluster: Cluster): https.AgentOptions {
  return {
    rejectUnauthorized: !cluster.insecure,
    ...(cluster.ca === undefined ? {} : { ca: cluster.ca }),
    ...(cluster.certificate === undefined ? {} : { cert: cluster.certificate }),
    ...(cluster.key === undefined ? {} : { key: cluster.key }),
    ...(cluster.serverName === undefined ? {} : { servername: cluster.serverName }),
  };
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return body;
}

function parseBody(body: string): Properties {
  try {
    const value = decode(JSON.parse(body));
    return isProperties(value) ? value : { message: body };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { message: body.trim() };
  }
}

function goMethod(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}

// The words that users of the official provider, written in Go, know.
function goError(error: NodeJS.ErrnoException & { address?: string; port?: number }, url: URL): string {
  const port = error.port ?? (url.port || (url.protocol === "https:" ? 443 : 80));
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${error.address ?? url.hostname}:${port}: connect: connection refused`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case "ETIMEOUT":
      return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    default:
      return error.message;
  }
}
