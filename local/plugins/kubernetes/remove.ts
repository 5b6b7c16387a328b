import { setTimeout as sleep } from "node:timers/promises";
import { InitialisationFailure } from "../protocol/initialisation-failure.ts";
import type { DeleteRequest } from "../protocol/provider.ts";
import type { Properties } from "../protocol/values.ts";
import { deletionPropagation, skipsAwaitOnDelete, timeoutMilliseconds } from "./objects/annotations.ts";
import { isNotFound, NoMatchError } from "./cluster/api-error.ts";
import { checkpoint, readCheckpoint, recordedApiVersion } from "./checkpoint.ts";
import { fieldManagerOf } from "./objects/field-managers.ts";
import { at, gvkOf, idOf, namespaceOf, parseId } from "./objects/objects.ts";
import { readLive, type Reachable, type Session } from "./cluster/session.ts";

const POLL_MILLISECONDS = 100;

/** Deletes an object and waits until it is gone. What is gone already is no error. */
export async function remove(session: Session, request: DeleteRequest): Promise<void> {
  const { inputs, live } = readCheckpoint(request.properties);
  const { engine, settings, cluster } = session;
  if ("unreachable" in cluster) {
    engine.log(
      "warning",
      request.urn,
      `configured Kubernetes cluster is unreachable: ${cluster.unreachable}`,
    );
    if (!settings.deleteUnreachable) throw new Error(UNREACHABLE);
    engine.log("info", request.urn, FORGOTTEN);
    return;
  }
  const { name } = parseId(request.id);
  try {
    await cluster.client.request({
      method: "DELETE",
      path: await cluster.discovery.path(gvkOf(live), namespaceOf(live), name),
      body: { propagationPolicy: deletionPropagation(inputs) },
    });
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) return;
    throw error;
  }
  if (skipsAwaitOnDelete(inputs)) return;
  const left = await waitUntilGone(
    session,
    cluster,
    live,
    name,
    timeoutMilliseconds(request.timeout, inputs),
  );
  if (left === undefined) return;
  const finalizers = at(left, "metadata", "finalizers");
  const list = Array.isArray(finalizers) ? finalizers.join(", ") : "";
  engine.log("warning", request.urn, `finalizers might be preventing deletion (${list})`);
  const message = session.cancelled.aborted ? "context canceled" : "timed out waiting for the condition";
  throw new InitialisationFailure(message, {
    id: idOf(left),
    properties: checkpoint(live, left, request.properties, {
      initialApiVersion: recordedApiVersion(request.properties) ?? "",
      fieldManager: fieldManagerOf(request.properties, inputs),
    }),
    reasons: [message],
  });
}

/** The object as last seen when the time was over, or undefined once it is gone. */
async function waitUntilGone(
  session: Session,
  cluster: Reachable,
  object: Properties,
  name: string,
  milliseconds: number,
): Promise<Properties | undefined> {
  const end = performance.now() + milliseconds;
  const uid = at(object, "metadata", "uid");
  for (;;) {
    try {
      const live = await readLive(cluster, object, name);
      // Another object took the name: the one meant is gone.
      if (uid !== undefined && at(live, "metadata", "uid") !== uid) return undefined;
      if (performance.now() >= end || session.cancelled.aborted) return live;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (performance.now() >= end) throw error;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

const UNREACHABLE =
  "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from Pulumi " +
  'state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** What is said when an object of an unreachable cluster is dropped from the state. */
export const FORGOTTEN =
  "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. Deleting the unreachable " +
  "resource from Pulumi state";
