import { connect } from "node:net";
import { routeProblem, routeStatus } from "../../../protocol/identity/route-status.ts";
import type { Endpoints, ProbeSettings } from "../../../protocol/jobs/probe-settings.ts";
import { request } from "../../http/request.ts";
import type { JobContext } from "../../job.ts";
import type { ClusterApi } from "../../kubernetes/cluster-api.ts";
import { awaitOutlook, type End, type Outlook } from "../../kubernetes/poll.ts";
import { lookAt, misled } from "./endpoints.ts";
import { noAnswer } from "./watch.ts";

const LONGEST_REQUEST_MILLISECONDS = 2_000;

/** What is asked of Services and routes. */
export type AskedOfEndpoints = Pick<ProbeSettings, "url" | "host" | "path" | "agreeing" | "direct"> & {
  readonly endpoints: Endpoints;
  /** Whether the entrance is asked too, as no answers have told who gives them. */
  readonly asksEntrance: boolean;
  readonly deadlineSeconds: number;
};

interface Seen extends Outlook {
  /** Ready pods by Service. */
  readonly pods: Readonly<Record<string, number>>;
}

/**
 * Waits until every Service leads to the pods that it must lead to and to nobody else, connections
 * through it succeed, and the gateway has accepted the routes as they are now. This proves where
 * new connections go.
 */
export const awaitEndpoints = (
  asked: AskedOfEndpoints,
  context: JobContext,
  api: ClusterApi,
): Promise<End<Seen>> =>
  awaitOutlook(asked.deadlineSeconds, context, async () => {
    const before = await look(asked.endpoints, api, context.signal);
    if (before.state === "waiting") return before;
    const why = await connections(asked, context.signal);
    if (why !== null) return { ...before, state: "waiting", why };
    // What was answered counts only if nothing has changed meanwhile.
    return look(asked.endpoints, api, context.signal);
  });

async function look(
  { namespace, services, routes }: Endpoints,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Seen> {
  const [seen, refused] = await Promise.all([
    Promise.all(services.map((service) => lookAt(service, namespace, api, signal))),
    Promise.all(routes.map((route) => lookAtRoute(route, namespace, api, signal))),
  ]);
  const pods = Object.fromEntries(seen.map(({ service, readyPods }) => [service.name, readyPods.length]));
  const why = [...seen.map(misled), ...refused].find((problem) => problem !== null);
  return why === undefined
    ? { state: "ready", why: leadRight(services, routes), pods }
    : { state: "waiting", why, pods };
}

/** As part of a sentence. */
function leadRight(services: readonly { readonly name: string }[], routes: readonly string[]): string {
  const names = services.map(({ name }) => name).join(", ");
  const lead = services.length === 1 ? "leads to its" : "lead to their";
  return [
    ...(services.length > 0 ? [`${names} ${lead} ready pods and to nobody else`] : []),
    ...(routes.length > 0 ? [`the Gateway has accepted ${routes.join(", ")} as it is now`] : []),
  ].join(", and ");
}

async function lookAtRoute(
  name: string,
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | null> {
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`;
  const found = await api.get(routeStatus, path, signal);
  return found ? routeProblem(found) : `there is no HTTPRoute ${name}`;
}

/** What goes wrong with fresh connections; null where all succeed. */
async function connections(asked: AskedOfEndpoints, signal: AbortSignal): Promise<string | null> {
  for (const { name, address } of asked.endpoints.services) {
    const why = address && (await connectionProblem(address, signal));
    if (why) return `a connection through the Service ${name} to port ${address.port} fails: ${why}`;
  }
  return asked.asksEntrance ? entranceProblem(asked, signal) : null;
}

function connectionProblem(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host, port, signal, timeout: LONGEST_REQUEST_MILLISECONDS });
  socket.once("connect", () => resolve(null));
  socket.once("error", ({ message }) => resolve(message));
  socket.once("timeout", () => resolve(`nobody has answered within ${LONGEST_REQUEST_MILLISECONDS} ms`));
  return promise.finally(() => socket.destroy());
}

/**
 * Whoever answers at the entrance must answer as those allowed do: an application may well have
 * nothing at that path, but where only the gateway says so, no user reaches it.
 */
async function entranceProblem(
  { url, host, path, agreeing, direct }: AskedOfEndpoints,
  signal: AbortSignal,
): Promise<string | null> {
  const statusOf = async (base: string) => {
    const answer = await request(new URL(path, base), {
      ...(host === undefined ? {} : { headers: { host } }),
      agent: false,
      deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
      signal,
    }).catch(noAnswer);
    return answer instanceof Error ? answer.message : answer.status;
  };
  for (let count = 0; count < agreeing; count += 1) {
    const status = await statusOf(url);
    if (typeof status === "string") return status;
    if (status >= 500) return `${path} is answered with ${status} at ${url}`;
    if (status < 400 || direct === null) continue;
    const meant = await statusOf(direct);
    if (meant !== status)
      return `${path} is answered with ${status} at ${url}, and with ${meant} by the pods`;
  }
  return null;
}
