import { connect } from "node:net";
import { routeProblem, routeStatus } from "../../../protocol/identity/route-status.ts";
import type { Endpoints, ProbeSettings } from "../../../protocol/jobs/probe-settings.ts";
import { pathOf } from "../../../protocol/kubernetes/object-kind.ts";
import { backendFor } from "../../../protocol/traffic/backends.ts";
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

/** What one look has shown. */
export interface Seen extends Outlook {
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
  connectTo: Connect = connection,
): Promise<End<Seen>> =>
  awaitOutlook(asked.deadlineSeconds, context, async () => {
    const before = await look(asked.endpoints, api, context.signal);
    if (before.state === "waiting") return before;
    const { failed, silent } = await connections(asked, connectTo, context.signal);
    if (failed !== null) return { ...before, state: "waiting", why: failed };
    // What was answered counts only if nothing has changed meanwhile.
    const after = await look(asked.endpoints, api, context.signal);
    return after.state === "ready" ? { ...after, why: `${after.why}${inSilence(silent)}` } : after;
  });

/** A NetworkPolicy may keep this pod out, and let in those who need it. */
const inSilence = (silent: readonly string[]): string =>
  silent.length === 0
    ? ""
    : ` (no connection from here through ${silent.join(", ")} is answered, as where a NetworkPolicy forbids it)`;

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
  const path = pathOf(backendFor("gateway").object, { namespace, name });
  const found = await api.get(routeStatus, path, signal);
  return found ? routeProblem(found) : `there is no HTTPRoute ${name}`;
}

/** How fresh connections end. */
interface Connections {
  /** What goes wrong; null: nothing. */
  readonly failed: string | null;
  /** Services through which nobody answers at all. */
  readonly silent: readonly string[];
}

async function connections(
  asked: AskedOfEndpoints,
  connectTo: Connect,
  signal: AbortSignal,
): Promise<Connections> {
  const tried = await Promise.all(
    asked.endpoints.services.map(async ({ name, address }) => ({
      name,
      ...(address ? await connectTo(address, signal) : { failed: null, isSilent: false }),
    })),
  );
  const silent = tried.filter(({ isSilent }) => isSilent).map(({ name }) => name);
  const [failed] = tried.flatMap((one) => (one.failed === null ? [] : [one]));
  if (failed)
    return { failed: `a connection through the Service ${failed.name} fails: ${failed.failed}`, silent };
  return { failed: asked.asksEntrance ? await entranceProblem(asked, signal) : null, silent };
}

/** Makes a connection and ends it. */
export type Connect = (
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Connected>;

interface Connected {
  /** Null: nothing went wrong, or nobody has answered at all. */
  readonly failed: string | null;
  readonly isSilent: boolean;
}

function connection(...[{ host, port }, signal]: Parameters<Connect>): Promise<Connected> {
  const { promise, resolve } = Promise.withResolvers<Connected>();
  const socket = connect({ host, port, signal, timeout: LONGEST_REQUEST_MILLISECONDS });
  socket.once("connect", () => resolve({ failed: null, isSilent: false }));
  socket.once("error", ({ message }) => resolve({ failed: message, isSilent: false }));
  socket.once("timeout", () => resolve({ failed: null, isSilent: true }));
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
    if (status < 400 || (status < 500 && direct === null)) continue;
    if (direct === null) return `${path} is answered with ${status} at ${url}`;
    const meant = await statusOf(direct);
    if (meant !== status)
      return `${path} is answered with ${status} at ${url}, and with ${meant} by the pods`;
  }
  return null;
}
