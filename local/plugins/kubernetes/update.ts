import { InitialisationFailure } from "../protocol/initialisation-failure.ts";
import type { UpdateRequest } from "../protocol/provider.ts";
import { hasUnknown, revealProperties, type Properties } from "../protocol/values.ts";
import { isForbidden, NoMatchError } from "./cluster/api-error.ts";
import { adopt, apply, forces, relinquish } from "./apply.ts";
import { AwaitError } from "./await/await-error.ts";
import { awaitObject } from "./await/await-object.ts";
import { checkpoint, readCheckpoint, recordedApiVersion } from "./checkpoint.ts";
import { fieldManagerOf, withIgnored } from "./objects/field-managers.ts";
import { normalise } from "./objects/normalise.ts";
import { gvkOf, idOf, nameOf, text } from "./objects/objects.ts";
import { reachable, readLive, type Reachable, type Session } from "./cluster/session.ts";

/**
 * Applies new inputs to an object and waits for it; a preview only asks the server. When it fails
 * the object's state is recorded with the reasons, also where nothing was written: so does the
 * official provider.
 */
export async function update(session: Session, request: UpdateRequest): Promise<Properties> {
  if (request.preview && "unreachable" in session.cluster) return request.news;
  const cluster = reachable(session);
  const inputs = normalise(revealProperties(request.news));
  const previewable = !hasUnknown(inputs) && (await cluster.discovery.exists(gvkOf(inputs)));
  if (request.preview && !previewable) return request.news;

  const old = readCheckpoint(request.olds);
  const manager = fieldManagerOf(request.olds, inputs);
  const recorded = (live: Properties): Properties =>
    checkpoint(inputs, live, request.news, {
      initialApiVersion: recordedApiVersion(request.olds) ?? text(old.inputs, "apiVersion"),
      fieldManager: manager,
    });
  let live: Properties;
  try {
    live = await applyAndAwait(session, cluster, inputs, { request, old: old.live, manager });
  } catch (error) {
    if (request.preview && isForbidden(error)) return request.news;
    throw await updateError(cluster, request.urn, old.live, error, recorded);
  }
  const oldManager = fieldManagerOf(request.olds, old.inputs);
  if (!request.preview && oldManager !== manager) await relinquish(cluster, live, oldManager);
  return recorded(live);
}

async function applyAndAwait(
  session: Session,
  cluster: Reachable,
  inputs: Properties,
  { request, old, manager }: { request: UpdateRequest; old: Properties; manager: string },
): Promise<Properties> {
  const { preview, urn, timeout, ignoreChanges } = request;
  const { enablePatchForce } = session.settings;
  const found = await readLive(cluster, inputs, nameOf(old));
  const last = preview ? found : await adopt(cluster, found, manager);
  const wanted = withIgnored(inputs, last, manager, ignoreChanges);
  const force = forces(inputs, last, { enablePatchForce, preview });
  const object = await apply(cluster, wanted, { manager, force, preview });
  return preview
    ? object
    : awaitObject(session, cluster, { urn, inputs: wanted, object, last: found, timeout });
}

async function updateError(
  cluster: Reachable,
  urn: string,
  old: Properties,
  error: unknown,
  recorded: (live: Properties) => Properties,
): Promise<Error> {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof NoMatchError) {
    return new Error(
      `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
        `resource does not exist. Verify that any required CRDs have been created: ${reason}`,
      { cause: error },
    );
  }
  try {
    const live = await readLive(cluster, old);
    const message = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${reason}`;
    const problems = error instanceof AwaitError ? error.problems : [];
    return new InitialisationFailure(message, {
      id: idOf(live),
      properties: recorded(live),
      reasons: [message, ...problems],
    });
  } catch (unreadable) {
    const why = unreadable instanceof Error ? unreadable.message : String(unreadable);
    return new Error(`update of resource "${urn}" failed: ${reason}\nunable to get cluster state: ${why}`, {
      cause: error,
    });
  }
}
