import type { Difference, DiffRequest } from "../protocol/provider.ts";
import { revealProperties, type Properties } from "../protocol/values.ts";
import { AUTONAMED, isTrue, REPLACE_UNREADY } from "./objects/annotations.ts";
import { checkJob } from "./await/job.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { isNamed } from "./check.ts";
import { difference, replacements } from "./objects/difference.ts";
import { forceNewPaths } from "./objects/force-new.ts";
import { isOwnKind, isOwnKindNamespaced } from "./objects/kinds.ts";
import { normalise } from "./objects/normalise.ts";
import {
  apiVersionOf,
  gvkOf,
  kindOf,
  nameOf,
  namespaceOf,
  text,
  withValue,
  without,
} from "./objects/objects.ts";
import { prune } from "./prune.ts";
import { readLive, type Session } from "./cluster/session.ts";

/**
 * Compares new inputs with the recorded object; only for `replaceUnready` it looks into
 * the cluster.
 */
export async function diff(session: Session, request: DiffRequest): Promise<Difference> {
  const recorded = readCheckpoint(request.olds);
  const oldInputs = normalise(recorded.inputs);
  const gvk = gvkOf(revealProperties(request.news));
  const namespaced = isOwnKind(gvk)
    ? isOwnKindNamespaced(gvk)
    : "unreachable" in session.cluster || ((await session.cluster.discovery.isNamespaced(gvk)) ?? true);
  const next = placed(normalise(revealProperties(request.news)), namespaced);
  let old = placed(prune(recorded.live, oldInputs), namespaced);
  if (text(old, "apiVersion") === "") old = { ...old, apiVersion: apiVersionOf(gvk), kind: gvk.kind };
  old = without(old, "metadata", "resourceVersion");
  if (nameOf(next) !== "") old = withValue(old, ["metadata", "name"], nameOf(recorded.live));

  const detailed = difference(old, oldInputs, next, {
    forceNew: forceNewPaths(next, session.settings),
    ignore: request.ignoreChanges,
    ownKind: isOwnKind(gvk),
  });
  const replaces = replacements(detailed);
  const unready = await isUnreadyJob(session, request.urn, next, recorded.live);
  if (unready) replaces.push(`.metadata.annotations["${REPLACE_UNREADY}"]`);
  return {
    changed: detailed.size > 0 || unready,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && mustKeepName(next, recorded.live),
    detailed,
  };
}

// So that a namespace left out is the same as the default one.
function placed(object: Properties, namespaced: boolean): Properties {
  if (!namespaced) return without(object, "metadata", "namespace");
  return withValue(
    object,
    ["metadata", "namespace"],
    object["metadata"] === undefined ? "default" : namespace(object),
  );
}

function namespace(object: Properties): Properties[string] {
  const { metadata } = object;
  const value = Object(metadata)["namespace"] as Properties[string] | undefined;
  return value === undefined || value === "" ? "default" : value;
}

/** True when the new object can only be made once the old one, of the same name, is gone. */
function mustKeepName(next: Properties, live: Properties): boolean {
  const samePlace = nameOf(next) === nameOf(live) && namespaceOf(next) === namespaceOf(live);
  return isNamed(next) && !isTrue(next, AUTONAMED) && samePlace;
}

async function isUnreadyJob(
  session: Session,
  urn: string,
  inputs: Properties,
  live: Properties,
): Promise<boolean> {
  if (!isTrue(inputs, REPLACE_UNREADY)) return false;
  const { cluster, engine } = session;
  if ("unreachable" in cluster) {
    engine.log("warning", urn, "Cluster is unreachable, skipping replaceUnready check");
    return false;
  }
  if (kindOf(inputs) !== "Job") {
    engine.log("warning", urn, "replaceUnready annotation is not supported for this resource");
    return false;
  }
  return readLive(cluster, live).then(
    (job) => !checkJob(job).ready,
    () => false,
  );
}
