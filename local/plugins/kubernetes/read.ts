import { InitialisationFailure } from "../protocol/initialisation-failure.ts";
import type { ReadAnswer, ReadRequest } from "../protocol/provider.ts";
import { revealProperties, type Properties } from "../protocol/values.ts";
import { isTrue, SKIP_AWAIT } from "./objects/annotations.ts";
import { isNotFound, NoMatchError } from "./cluster/api-error.ts";
import { AwaitError } from "./await/await-error.ts";
import { checkObject } from "./await/await-object.ts";
import { checkpoint, readCheckpoint, recordedApiVersion, withSecrets } from "./checkpoint.ts";
import { fieldManagerOf } from "./objects/field-managers.ts";
import { isOwnKind } from "./objects/kinds.ts";
import { normalise } from "./objects/normalise.ts";
import {
  apiVersionOf,
  gvkOf,
  gvkOfUrn,
  nameOf,
  namespaceOf,
  parseId,
  text,
  withValue,
  without,
} from "./objects/objects.ts";
import { prune, withEmptyInputs } from "./prune.ts";
import { FORGOTTEN } from "./remove.ts";
import { readLive, type Session } from "./cluster/session.ts";

const GONE: ReadAnswer = { id: "", properties: {}, inputs: {} };

/**
 * Reads an object: for `.get` and import as it is, for a refresh together with whether it is ready.
 */
export async function read(session: Session, request: ReadRequest): Promise<ReadAnswer> {
  const { cluster } = session;
  if ("unreachable" in cluster) return readUnreachable(session, request, cluster.unreachable);
  const { namespace, name } = parseId(request.id);
  if (name === "") {
    throw new Error(
      `failed to read resource because of a failure to parse resource name from request ID: ${request.id}`,
    );
  }
  const recorded = readCheckpoint(request.properties);
  const given = normalise(revealProperties(request.inputs));
  const unknownInputs = text(given, "apiVersion") === "" || text(given, "kind") === "";
  const fromCluster = unknownInputs && text(recorded.live, "kind") === "";
  const inputs = unknownInputs
    ? identified(given, fromCluster ? identity(request.urn) : recorded.live, namespace, name)
    : given;

  let live: Properties;
  let failure: AwaitError | undefined;
  try {
    live = await readLive(cluster, inputs, name);
    if (!fromCluster && !isTrue(inputs, SKIP_AWAIT)) await checkObject(session, cluster, request.urn, live);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) return GONE;
    if (!(error instanceof AwaitError)) throw error;
    failure = error;
    live = error.object;
  }
  const pruned = prune(live, inputs);
  const known = isOwnKind(gvkOf(live)) ? withEmptyInputs(pruned, inputs) : pruned;
  const liveInputs = fromCluster ? inputsOf(live, inputs) : known;
  const properties = checkpoint(liveInputs, live, request.inputs, {
    initialApiVersion: recordedApiVersion(request.properties) ?? text(inputs, "apiVersion"),
    fieldManager: fieldManagerOf(request.properties, inputs),
  });
  const answer = { id: request.id, properties, inputs: withSecrets(liveInputs, request.inputs) };
  if (failure === undefined) return answer;
  throw new InitialisationFailure(failure.message, {
    ...answer,
    reasons: [failure.message, ...failure.problems],
  });
}

function readUnreachable(session: Session, request: ReadRequest, reason: string): ReadAnswer {
  const { engine, settings } = session;
  engine.log("warning", request.urn, `configured Kubernetes cluster is unreachable: ${reason}`);
  if (settings.deleteUnreachable) {
    engine.log("info", request.urn, FORGOTTEN);
    return GONE;
  }
  if (settings.skipUpdateUnreachable) {
    const message =
      "configured Kubernetes cluster is unreachable and the `skipUnreachable` option is enabled. Returned data could " +
      "not reflect the actual cluster configuration.";
    engine.log("info", request.urn, message);
    return { id: request.id, properties: request.properties, inputs: request.inputs };
  }
  throw new Error(
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource " +
      "from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to " +
      '"true"',
  );
}

function identity(urn: string): Properties {
  const gvk = gvkOfUrn(urn);
  return { apiVersion: apiVersionOf(gvk), kind: gvk.kind };
}

function identified(inputs: Properties, like: Properties, namespace: string, name: string): Properties {
  let object: Properties = { ...inputs, apiVersion: text(like, "apiVersion"), kind: text(like, "kind") };
  if (nameOf(object) === "") object = withValue(object, ["metadata", "name"], name);
  if (namespaceOf(object) === "" && namespace !== "") {
    object = withValue(object, ["metadata", "namespace"], namespace);
  }
  return object;
}

// What a program would have had to write for this object. Of a custom resource no more than its
// identity is known.
function inputsOf(live: Properties, identity: Properties): Properties {
  if (!isOwnKind(gvkOf(live))) return prune(live, identity);
  return without(
    without(normalise(live), "status"),
    "metadata",
    "annotations",
    "deployment.kubernetes.io/revision",
  );
}
