import { configKey } from "../../protocol/names.ts";
import { name as shortName } from "../../protocol/config/value-types.ts";
import { isJsonObject, type Json } from "../../release/release.ts";
import type { SortOptions } from "../application.ts";
import { isKind } from "../built-in-kinds.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../kube-object.ts";
import { selects } from "../pod-references.ts";
import { podLabelsOf } from "./pod-templates.ts";
import { inWords, listed, sorted, told, type Sorted } from "./told.ts";

/** Services of the files whose selector finds the pods of an object. */
export const servicesOf = (
  one: ManifestObject,
  objects: readonly ManifestObject[],
): readonly ManifestObject[] => {
  const labels = podLabelsOf(one.object);
  return objects.filter(({ object }) => isKind(object, "Service") && findsPods(object, labels));
};

/** Whether a Service finds pods with these labels; one that names another host finds none. */
export const findsPods = (service: ManifestObject["object"], labels: Json | undefined): boolean =>
  valueAt(service, ["spec", "type"]) !== "ExternalName" &&
  selects(valueAt(service, ["spec", "selector"]), labels);

/** The Deployment that users reach; null where there is none, or no saying which. */
export function findWeb(
  objects: readonly ManifestObject[],
  { app, shared }: Pick<SortOptions, "app" | "shared">,
): Sorted<ManifestObject | null> {
  const deployments = objects.filter(({ object }) => isKind(object, "Deployment"));
  const refused = (...refusals: Finding[]) => sorted(null, { refusals });
  if (deployments.length === 0) return refused(noDeployment(objects));
  const titles = (some: readonly ManifestObject[]) => inWords(some.map(({ object }) => titleOf(object)));
  const behindServices = deployments.filter(
    (one) => !shared.includes(titleOf(one.object)) && servicesOf(one, objects).length > 0,
  );
  if (app === "") {
    const [first, ...others] = behindServices;
    if (first && others.length === 0) return checked(first, objects);
    if (first)
      return refused(
        told(
          first,
          [],
          `stands behind a Service, and ${titles(others)} ${others.length > 1 ? "do" : "does"} too; one of them is released`,
          `Set ${configKey("app.name")} to the one that users reach`,
        ),
      );
    return deployments[0] && deployments.length === 1
      ? refused(noService(deployments[0], objects))
      : refused({
          source: deployments[0]?.sourceOf([]) ?? null,
          text: `No Service finds the pods of ${titles(deployments)}`,
          advice: `Add one whose selector has the labels of the pods that users reach, and set ${configKey("app.name")}`,
        });
  }
  const named = deployments.find(({ object }) => object.metadata.name === app);
  if (named && shared.includes(titleOf(named.object)))
    return refused(
      told(
        named,
        [],
        `is the Deployment that users reach, and ${listed("shared", titleOf(named.object))} would not release it`,
        `Take it out of ${configKey("shared")}`,
      ),
    );
  if (named) return checked(named, objects);
  const candidates = behindServices.length > 0 ? behindServices : deployments;
  const [first] = candidates;
  return refused({
    source: first?.sourceOf(["metadata", "name"]) ?? null,
    text: `No file has Deployment/${app}, as ${configKey("app.name")} says; there ${candidates.length > 1 ? "are" : "is"} ${titles(candidates)}${behindServices.length > 0 ? " behind Services" : ""}`,
    advice: `Set ${configKey("app.name")} to the one that users reach`,
  });
}

function checked(web: ManifestObject, objects: readonly ManifestObject[]): Sorted<ManifestObject | null> {
  const refusals: Finding[] = [];
  const { name } = web.object.metadata;
  const rule = shortName.safeParse(name);
  if (!rule.success)
    refusals.push(
      told(
        web,
        ["metadata", "name"],
        `has a name of ${name.length} characters, from which those of other objects are made; it ${rule.error.issues[0]?.message ?? ""}`,
        "Give it a shorter name, or one without dots, in the files and in config",
      ),
    );
  if (servicesOf(web, objects).length === 0) refusals.push(noService(web, objects));
  return sorted(web, { refusals });
}

const CANNOT = ["StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod", "Rollout"];

function noDeployment(objects: readonly ManifestObject[]): Finding {
  const other = objects.find(({ object }) => CANNOT.includes(object.kind));
  return {
    source: (other ?? objects[0])?.sourceOf([]) ?? null,
    text: "The files have no Deployment, and only a Deployment is released",
    advice: other
      ? `Make one of ${titleOf(other.object)}, if it is what users reach`
      : "Add the Deployment that users reach, and the Service in front of it",
  };
}

/** With the Service that comes nearest, and the label that it asks for in vain. */
function noService(web: ManifestObject, objects: readonly ManifestObject[]): Finding {
  const labels = podLabelsOf(web.object);
  const given = isJsonObject(labels) ? labels : {};
  const misses = objects
    .filter(({ object }) => isKind(object, "Service"))
    .map((service) => ({ service, missing: missingLabels(service, given) }))
    .filter(({ missing }) => missing.length > 0)
    .toSorted((a, b) => a.missing.length - b.missing.length);
  const [nearest] = misses;
  const selector = `selector: ${inLabels(Object.entries(given))}`;
  return told(
    web,
    ["spec", "template", "metadata", "labels"],
    nearest
      ? `stands behind no Service: ${titleOf(nearest.service.object)} selects ${inLabels(nearest.missing)}, which its pods do not have`
      : "stands behind no Service",
    nearest
      ? "Make labels and selector agree"
      : `Add the Service that users reach, with ${Object.keys(given).length > 0 ? selector : "a selector, and its labels on the pods"}`,
  );
}

/** The labels that a Service selects and pods do not have. */
export const missingLabels = (
  { object }: ManifestObject,
  labels: Readonly<Record<string, Json>>,
): [string, Json][] => {
  const selector = valueAt(object, ["spec", "selector"]);
  return isJsonObject(selector)
    ? Object.entries(selector).filter(([key, value]) => labels[key] !== value)
    : [];
};

/** `app=shop, tier=web`. */
export const inLabels = (labels: readonly (readonly [string, Json])[]): string =>
  labels.map(([key, value]) => `${key}=${String(value)}`).join(", ");
