import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { z } from "zod";
import { type Answer, NoAnswer, requestTwice, type RequestOptions } from "../http/request.ts";

/** Reads and applies objects of the cluster; this is all of the Kubernetes API that the jobs need. */
export interface ClusterApi {
  /**
   * GETs one object or list.
   * @returns undefined when there is none.
   * @throws {Forbidden} when the ServiceAccount may not read it.
   * @throws {NoAnswer} when the API server does not answer, or answers with an error of its own.
   */
  readonly get: <Shape>(
    shape: z.ZodType<Shape>,
    path: string,
    signal: AbortSignal,
  ) => Promise<Shape | undefined>;
  /**
   * Applies an object on the server, under a field manager and with force: what others own of the fields given becomes this manager's.
   * @throws {Conflict} when the object names a `resourceVersion` that is no longer its newest.
   * @throws {Forbidden} when the ServiceAccount may not write it.
   * @throws {NoAnswer} when the API server does not answer, or answers with an error of its own.
   */
  readonly apply: <Shape>(
    shape: z.ZodType<Shape>,
    path: string,
    object: object,
    manager: string,
    signal: AbortSignal,
  ) => Promise<Shape>;
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
): Promise<ClusterApi> {
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

/** Reaches an API server at a URL; the token is asked for at every request, as the kubelet renews it. */
export function apiAt(base: string, token: () => Promise<string>, ca?: string): ClusterApi {
  const agent = base.startsWith("https:") ? new Agent({ keepAlive: true }) : false;
  const ask = async (
    path: string,
    signal: AbortSignal,
    writing: Pick<RequestOptions, "method" | "headers" | "body">,
  ) =>
    requestTwice(new URL(path, base), {
      ...writing,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${(await token()).trim()}`,
        ...writing.headers,
      },
      agent,
      deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
      signal,
      ...(ca === undefined ? {} : { ca }),
    });
  return {
    get: async (shape, path, signal) => {
      const answer = await ask(path, signal, {});
      return answer.status === 404 ? undefined : read(shape, "read", path, answer);
    },
    apply: async (shape, path, object, manager, signal) => {
      const query = new URLSearchParams({ fieldManager: manager, force: "true" });
      const headers = { "content-type": "application/apply-patch+yaml" };
      const body = JSON.stringify(object);
      const answer = await ask(`${path}?${query}`, signal, { method: "PATCH", headers, body });
      if (answer.status === 409)
        throw new Conflict(`Cannot write ${path} as somebody else has: ${message(answer.body)}`);
      return read(shape, "write", path, answer);
    },
  };
}

function read<Shape>(shape: z.ZodType<Shape>, verb: string, path: string, answer: Answer): Shape {
  if (answer.status === 401 || answer.status === 403) {
    throw new Forbidden(
      `Cannot ${verb} ${path} as the API server answered ${answer.status}: ${message(answer.body)}`,
    );
  }
  if (answer.status !== 200 && answer.status !== 201)
    throw new NoAnswer(`HTTP${answer.status}`, `${path}: answer ${answer.status}: ${message(answer.body)}`);
  const parsed = shape.safeParse(JSON.parse(answer.body));
  if (!parsed.success)
    throw new Error(
      `Cannot understand ${path} as it is not shaped as expected: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

function message(body: string): string {
  const [, text] = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(body) ?? [];
  return text === undefined ? body.slice(0, 200) : String(JSON.parse(text));
}
