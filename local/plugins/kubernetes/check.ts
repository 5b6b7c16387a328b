import type { Autonaming, Checked, CheckRequest } from "../protocol/provider.ts";
import { parseUrn } from "../protocol/urn.ts";
import { uniqueName } from "../protocol/unique-name.ts";
import { isProperties, revealProperties, UNKNOWN, type Properties } from "../protocol/values.ts";
import { AUTONAMED, isTrue, markTrue } from "./objects/annotations.ts";
import { withSecrets } from "./checkpoint.ts";
import { refusal } from "./objects/kinds.ts";
import { normalise } from "./objects/normalise.ts";
import { at, gvkOfUrn, nameOf, namespaceOf, text, withValue } from "./objects/objects.ts";
import type { Session } from "./cluster/session.ts";

/**
 * Completes the inputs: name and namespace. What the API server minds shows in the dry
 * run, not here.
 */
export async function check(session: Session, request: CheckRequest): Promise<Checked> {
  const { engine, settings, cluster, defaultNamespace } = session;
  if ("unreachable" in cluster && settings.skipUpdateUnreachable) {
    const message = "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...";
    engine.log("warning", request.urn, message);
    return { inputs: request.olds, failures: [] };
  }
  const gvk = gvkOfUrn(request.urn);
  let inputs = normalise(revealProperties(request.news));
  const refused = refusal(request.urn, inputs);
  if (refused !== undefined) throw new Error(refused);

  if (text(inputs, "metadata", "annotations", AUTONAMED) !== "") {
    engine.log(
      "warning",
      request.urn,
      `ignoring user-specified value for internal annotation "${AUTONAMED}"`,
    );
  }
  inputs = named(inputs, revealProperties(request.olds), request);
  if (!isNamed(inputs) && at(inputs, "metadata", "generateName") !== undefined) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  if (
    defaultNamespace !== "" &&
    namespaceOf(inputs) === "" &&
    at(inputs, "metadata", "namespace") !== UNKNOWN
  ) {
    // Of a kind that nobody knows yet it is assumed that it lives in a namespace.
    const known = "unreachable" in cluster ? undefined : await cluster.discovery.isNamespaced(gvk);
    if ((known ?? true) && isProperties(inputs["metadata"] ?? {})) {
      inputs = withValue(inputs, ["metadata", "namespace"], defaultNamespace);
    }
  }
  return { inputs: withSecrets(inputs, request.news), failures: [] };
}

/** True when the inputs have a name, or will have one. */
export function isNamed(inputs: Properties): boolean {
  return at(inputs, "metadata", "name") === UNKNOWN || nameOf(inputs) !== "";
}

/**
 * A name of our making for what has none: the earlier one if that was of our making too,
 * else a new one.
 */
function named(inputs: Properties, olds: Properties, request: CheckRequest): Properties {
  if (isNamed(inputs) || at(inputs, "metadata", "generateName") !== undefined) return inputs;
  if (Object.keys(olds).length > 0)
    return isTrue(olds, AUTONAMED) ? withAutoname(inputs, nameOf(olds)) : inputs;
  const name = uniqueName(request.seed, `${parseUrn(request.urn).name}-`);
  return withAutoname(inputs, request.autonaming === undefined ? name : configuredName(request.autonaming));
}

function configuredName({ mode, proposed }: Autonaming): string {
  if (mode === "disable") {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  return proposed;
}

function withAutoname(inputs: Properties, name: string): Properties {
  if (inputs["metadata"] === UNKNOWN) return inputs;
  return markTrue(withValue(inputs, ["metadata", "name"], name), AUTONAMED);
}
