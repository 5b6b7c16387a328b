import { setTimeout as sleep } from "node:timers/promises";
import { uniqueName } from "../protocol/unique-name.ts";
import { InitialisationFailure } from "../protocol/initialisation-failure.ts";
import type { Created, CreateRequest } from "../protocol/provider.ts";
import { hasUnknown, revealProperties, type Properties } from "../protocol/values.ts";
import {
  isAlreadyExists,
  isForbidden,
  isInvalid,
  isNamespaceNotFound,
  isNotFound,
  NoMatchError,
} from "./cluster/api-error.ts";
import { apply, forces, post } from "./apply.ts";
import { AwaitError } from "./await/await-error.ts";
import { awaitObject } from "./await/await-object.ts";
import { checkpoint } from "./checkpoint.ts";
import { fieldManagerOf } from "./objects/field-managers.ts";
import { apiVersionOf, gvkOf, gvkOfUrn, idOf, nameOf, text, withValue, without } from "./objects/objects.ts";
import { reachable, type Reachable, type Session } from "./cluster/session.ts";

const RETRIES = 5;

/**
 * Creates an object and waits for it. In a preview it asks the server what would come of it, where
 * that is possible.
 */
export async function create(session: Session, request: CreateRequest): Promise<Created> {
  const asGiven = { id: "", properties: request.properties };
  if (request.preview && "unreachable" in session.cluster) return asGiven;
  const cluster = reachable(session);
  const inputs = revealProperties(request.properties);
  const previewable = !hasUnknown(inputs) && (await cluster.discovery.exists(gvkOf(inputs)));
  if (request.preview && !previewable) return asGiven;

  const fieldManager = fieldManagerOf({}, inputs);
  const recorded = (live: Properties): Properties =>
    checkpoint(inputs, live, request.properties, {
      initialApiVersion: text(inputs, "apiVersion"),
      fieldManager,
    });
  let made: Properties;
  try {
    made = await makeWithRetries(session, cluster, inputs, { ...request, fieldManager });
  } catch (error) {
    if (request.preview && isNoNewsInPreview(error)) return asGiven;
    throw creationError(request.urn, error);
  }
  if (request.preview) return { id: "", properties: recorded(without(made, "status")) };
  try {
    const { urn, timeout } = request;
    const live = await awaitObject(session, cluster, { urn, inputs, object: made, timeout });
    return { id: idOf(live), properties: recorded(live) };
  } catch (error) {
    if (!(error instanceof AwaitError)) throw error;
    const message =
      `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to ` +
      `fully initialize or become live: ${error.message}`;
    throw new InitialisationFailure(message, {
      id: idOf(error.object),
      properties: recorded(error.object),
      reasons: [message, ...error.problems],
    });
  }
}

interface Making {
  readonly urn: string;
  readonly preview: boolean;
  readonly fieldManager: string;
}

// What an object needs (its namespace, the definition of its kind) may be made at the same time.
async function makeWithRetries(
  session: Session,
  cluster: Reachable,
  inputs: Properties,
  making: Making,
): Promise<Properties> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await make(session, cluster, inputs, making);
    } catch (error) {
      const missing = isNotFound(error) || error instanceof NoMatchError;
      if (!missing || attempt === RETRIES || (making.preview && isNamespaceNotFound(error))) throw error;
      const message = `Retry #${attempt}; creation failed: ${error instanceof Error ? error.message : String(error)}`;
      session.engine.status("info", making.urn, message);
      await sleep(1000 * 2 ** attempt, undefined, { signal: session.cancelled });
    }
  }
}

async function make(
  session: Session,
  cluster: Reachable,
  inputs: Properties,
  making: Making,
): Promise<Properties> {
  const { preview, fieldManager: manager } = making;
  const { upsertExistingObjects, enablePatchForce } = session.settings;
  if (!upsertExistingObjects) return post(cluster, inputs, preview);
  const options = { manager, force: forces(inputs, undefined, { enablePatchForce, preview }), preview };
  try {
    return await apply(cluster, inputs, options);
  } catch (error) {
    // A preview of a replacement meets the object that is to be replaced: another name
    // does as well.
    const immutable =
      isInvalid(error) && error instanceof Error && error.message.includes("field is immutable");
    if (!preview || !immutable) throw error;
    const name = uniqueName(new Uint8Array(), nameOf(inputs), 5);
    const message = `Preview creation failed due to immutable fields; retrying with name "${name}"`;
    session.engine.log("info", making.urn, message);
    return apply(cluster, withValue(inputs, ["metadata", "name"], name), options);
  }
}

function isNoNewsInPreview(error: unknown): boolean {
  const noDryRun =
    error instanceof Error &&
    /the dryRun (alpha|beta) feature is disabled|does not support dry run/.test(error.message);
  return isForbidden(error) || isNamespaceNotFound(error) || isAlreadyExists(error) || noDryRun;
}

function creationError(urn: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NoMatchError) {
    const gvk = gvkOfUrn(urn);
    return new Error(
      `creation of resource "${urn}" with kind ${apiVersionOf(gvk)}/${gvk.kind} failed because the Kubernetes API ` +
        "server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have " +
        `been created: ${message}`,
      { cause: error },
    );
  }
  const text = isAlreadyExists(error) ? `${message}\n\n${ALREADY_EXISTS}` : message;
  return new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${text}`, {
    cause: error,
  });
}

const ALREADY_EXISTS = `The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;
