// Waits for one object of the cluster.
import { timeoutMilliseconds } from "../objects/annotations.ts";
import { gvkOf, kindOf, maps, namespaceOf, text, type GroupVersionKind } from "../objects/objects.ts";
import type { Reachable, Session } from "../cluster/session.ts";
import type { Properties } from "../../protocol/values.ts";
import type { Collection, MakeAwaiter } from "./awaiter.ts";
import { AwaitError } from "./await-error.ts";
import { awaiterOfKind, chooseAwaiter, type Choice } from "./choose.ts";
import { lookOnce, waitUntil } from "./wait-until.ts";

const KINDS: Readonly<Record<Exclude<Collection, "self">, GroupVersionKind>> = {
  deployments: { group: "apps", version: "v1", kind: "Deployment" },
  replicasets: { group: "apps", version: "v1", kind: "ReplicaSet" },
  statefulsets: { group: "apps", version: "v1", kind: "StatefulSet" },
  jobs: { group: "batch", version: "v1", kind: "Job" },
  pods: { group: "", version: "v1", kind: "Pod" },
  services: { group: "", version: "v1", kind: "Service" },
  endpoints: { group: "", version: "v1", kind: "Endpoints" },
  persistentvolumeclaims: { group: "", version: "v1", kind: "PersistentVolumeClaim" },
};

/** What is waited for. */
export interface AwaitRequest {
  readonly urn: string;
  readonly inputs: Properties;
  /** The object as the create or update returned it. */
  readonly object: Properties;
  /** The object before an update. */
  readonly last?: Properties;
  /** Custom timeout in seconds; 0 = none. */
  readonly timeout: number;
}

/**
 * Waits until the object is ready and returns its newest form. Throws an AwaitError when it does
 * not become so.
 */
export async function awaitObject(
  session: Session,
  cluster: Reachable,
  request: AwaitRequest,
): Promise<Properties> {
  const { urn, inputs, object } = request;
  const choice = await choose(cluster, inputs, object);
  if (choice.by === "nothing") return object;
  const paths = await collectionPaths(cluster, object);
  const ready = await waitUntil(choice.awaiter, {
    object,
    last: request.last,
    timeoutMilliseconds: timeoutMilliseconds(request.timeout, inputs),
    cancelled: session.cancelled,
    plainErrors: choice.by === "program",
    log: (severity, message) => session.engine.status(severity, urn, message),
    subscribe: (collection, listener) => cluster.informers.subscribe(paths[collection], listener),
  });
  session.engine.status("info", urn, "");
  return ready;
}

/** Looks whether the object is ready now (refresh). Throws an AwaitError when it is not. */
export async function checkObject(
  session: Session,
  cluster: Reachable,
  urn: string,
  object: Properties,
): Promise<void> {
  const awaiter = READ_KINDS.has(kindOf(object)) ? await awaiterFor(cluster, object) : undefined;
  if (awaiter === undefined) return;
  const paths = await collectionPaths(cluster, object);
  const known = new Map<Collection, Properties[]>();
  const wanted = awaiter({
    object,
    last: undefined,
    log: () => undefined,
    after: () => undefined,
  }).collections;
  for (const collection of wanted) {
    const list = await cluster.client.request({ method: "GET", path: paths[collection] });
    known.set(collection, maps(list, "items"));
  }
  lookOnce(awaiter, object, known, (severity, message) => session.engine.status(severity, urn, message));
  session.engine.status("info", urn, "");
}

// The kinds whose readiness a refresh looks at.
const READ_KINDS = new Set(["Deployment", "StatefulSet", "Job", "Pod", "Service"]);

async function choose(cluster: Reachable, inputs: Properties, object: Properties): Promise<Choice> {
  const bindsAtFirstUse = await storageClasses(cluster, object);
  try {
    return chooseAwaiter(inputs, object, bindsAtFirstUse);
  } catch (error) {
    // The object is made by now; its annotation is what is wrong.
    throw new AwaitError(error instanceof Error ? error.message : String(error), object, []);
  }
}

async function awaiterFor(cluster: Reachable, object: Properties): Promise<MakeAwaiter | undefined> {
  return awaiterOfKind(object, await storageClasses(cluster, object));
}

async function storageClasses(cluster: Reachable, object: Properties): Promise<(name: string) => boolean> {
  if (kindOf(object) !== "PersistentVolumeClaim") return () => false;
  const list = await cluster.client.request({
    method: "GET",
    path: "/apis/storage.k8s.io/v1/storageclasses",
  });
  const late = maps(list, "items").filter((entry) => entry["volumeBindingMode"] === "WaitForFirstConsumer");
  const names = new Set(late.map((entry) => text(entry, "metadata", "name")));
  return (name) => names.has(name);
}

async function collectionPaths(
  { discovery }: Reachable,
  object: Properties,
): Promise<Record<Collection, string>> {
  const namespace = namespaceOf(object);
  const path = (gvk: GroupVersionKind): Promise<string> => discovery.path(gvk, namespace, "");
  return {
    deployments: await path(KINDS.deployments),
    replicasets: await path(KINDS.replicasets),
    statefulsets: await path(KINDS.statefulsets),
    jobs: await path(KINDS.jobs),
    pods: await path(KINDS.pods),
    services: await path(KINDS.services),
    endpoints: await path(KINDS.endpoints),
    persistentvolumeclaims: await path(KINDS.persistentvolumeclaims),
    self: await discovery.collection(gvkOf(object), object),
  };
}
