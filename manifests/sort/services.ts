import { configKey } from "../../protocol/names.ts";
import { WORKLOADS } from "../../release/workload.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { isJsonObject, type Json } from "../../release/release.ts";
import type { SortOptions } from "../application.ts";
import { isKind } from "../built-in-kinds.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../kube-object.ts";
import { findsPods, inLabels, missingLabels } from "./find-web.ts";
import { podLabelsOf } from "./pod-templates.ts";
import { isHook } from "./left-out.ts";
import { backendsOf, routesOf } from "./routes.ts";
import { listed, sorted, told, type Sorted } from "./told.ts";

/**
 * The Services that follow the active colour: those whose selector finds the web pods. The first is
 * the one that checks use: a route leads to it, or it has the Deployment's name.
 *
 * @param all the objects of the files, with those that are left out: their pods may be there
 */
export function followedServices(
  objects: readonly ManifestObject[],
  all: readonly ManifestObject[],
  web: ManifestObject,
  options: Pick<SortOptions, "services" | "shared">,
): Sorted<readonly ManifestObject[]> {
  const labels = podLabelsOf(web.object);
  const services = objects.filter(({ object }) => isKind(object, "Service"));
  const isBoth = ({ object }: ManifestObject) => options.services[object.metadata.name] === "both";
  const ofWeb = services.filter((one) => findsPods(one.object, labels));
  const followed = ofWeb.filter((one) => !isBoth(one));
  const others = all.filter((one) => one !== web);
  const refusals = [
    ...followed.flatMap((one) => cannotFollow(one, options.shared)),
    ...services
      .filter((one) => !ofWeb.includes(one) && !options.shared.includes(titleOf(one.object)))
      .flatMap((one) => findsNothing(one, others, web)),
    ...collisions(followed, services),
  ];
  if (ofWeb.length > 0 && followed.length === 0)
    refusals.push(
      told(
        web,
        [],
        `stands behind Services of both colours alone (${configKey("services")})`,
        "Add one that follows the active colour, for users",
      ),
    );
  const notes = followed.flatMap((one) =>
    narrowedFor(
      one,
      others.filter((other) => !isHook(other)),
    ),
  );
  return sorted(inOrder(followed, objects, web), { refusals, notes });
}

/** What users come by first: a route, an Ingress, the Deployment's name, an address of its own. */
function inOrder(
  followed: readonly ManifestObject[],
  objects: readonly ManifestObject[],
  web: ManifestObject,
): readonly ManifestObject[] {
  const routed = routesOf(objects, followed).flatMap(({ object }) =>
    backendsOf(object).map(({ name }) => name),
  );
  const ingressed = objects.filter(({ object }) => isKind(object, "Ingress")).flatMap(ingressServices);
  const ranks: ((one: ManifestObject) => boolean)[] = [
    ({ object }) => routed.includes(object.metadata.name),
    ({ object }) => ingressed.includes(object.metadata.name),
    ({ object }) => object.metadata.name === web.object.metadata.name,
    ({ object }) => ["LoadBalancer", "NodePort"].includes(String(valueAt(object, ["spec", "type"]))),
  ];
  const rankOf = (one: ManifestObject) => {
    const rank = ranks.findIndex((isOne) => isOne(one));
    return rank < 0 ? ranks.length : rank;
  };
  return followed.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function ingressServices({ object }: ManifestObject): string[] {
  const rules = valueAt(object, ["spec", "rules"]);
  const paths = (Array.isArray(rules) ? rules : []).flatMap((rule: Json) => {
    const found = valueAt(rule, ["http", "paths"]);
    return Array.isArray(found)
      ? found.map((path: Json) => valueAt(path, ["backend", "service", "name"]))
      : [];
  });
  return [...paths, valueAt(object, ["spec", "defaultBackend", "service", "name"])].filter(
    (name) => typeof name === "string",
  );
}

/** Why a Service that finds the web pods cannot follow the active colour. */
function cannotFollow(one: ManifestObject, shared: readonly string[]): Finding[] {
  const { object } = one;
  const both = `${configKey("services")}: { ${object.metadata.name}: both }`;
  if (shared.includes(titleOf(object)))
    return [
      told(
        one,
        [],
        `finds the pods of both colours, and ${listed("shared", titleOf(object))} would send users to a version that is not tested yet`,
        `Take it out of ${configKey("shared")}; where it is for the pods among themselves, set ${both}`,
      ),
    ];
  if (valueAt(object, ["spec", "clusterIP"]) === "None")
    return [
      told(
        one,
        ["spec", "clusterIP"],
        "is headless: its clients keep the addresses of pods, so it cannot be turned from one colour to the other",
        `Give users another Service; where it is for the pods among themselves, set ${both}, and it finds those of both colours`,
      ),
    ];
  if (valueAt(object, ["spec", "publishNotReadyAddresses"]) === true)
    return [
      told(
        one,
        ["spec", "publishNotReadyAddresses"],
        "sends requests to pods that are not ready, which would be lost",
        `Take publishNotReadyAddresses out; where it is for the pods among themselves, set ${both}`,
      ),
    ];
  const ports = valueAt(object, ["spec", "ports"]);
  return Array.isArray(ports) && ports.length > 0
    ? []
    : [told(one, ["spec", "ports"], "has no ports", "Write the port that users reach")];
}

/** A Service with a selector that finds the pods of nothing in the files. */
function findsNothing(
  one: ManifestObject,
  others: readonly ManifestObject[],
  web: ManifestObject,
): Finding[] {
  const { object } = one;
  const selector = valueAt(object, ["spec", "selector"]);
  const isOfPods = isJsonObject(selector) && Object.keys(selector).length > 0;
  if (!isOfPods || valueAt(object, ["spec", "type"]) === "ExternalName") return [];
  if (others.some((other) => findsPods(object, podLabelsOf(other.object)))) return [];
  const labels = podLabelsOf(web.object);
  const missing = missingLabels(one, isJsonObject(labels) ? labels : {});
  return [
    told(
      one,
      ["spec", "selector"],
      `finds no pods of these files: those of ${titleOf(web.object)} do not have ${inLabels(missing)}`,
      `Make selector and labels agree; where its pods come from elsewhere, have it written as it is with ${listed("shared", titleOf(object))}`,
    ),
  ];
}

/** Services of the files that have the name of one that a release makes. */
const collisions = (followed: readonly ManifestObject[], services: readonly ManifestObject[]): Finding[] =>
  services.flatMap((one) => {
    const taken = followed.find(({ object }) =>
      WORKLOADS.some(
        (workload) => workloadService(object.metadata.name, workload) === one.object.metadata.name,
      ),
    );
    return taken
      ? [
          told(
            one,
            ["metadata", "name"],
            `has the name of a Service that a release makes beside ${titleOf(taken.object)}`,
            "Give it another name, or take it out if it was made for releases by hand",
          ),
        ]
      : [];
  });

/** That a Service no longer finds pods of others, where it used to. */
const narrowedFor = (one: ManifestObject, others: readonly ManifestObject[]): Finding[] =>
  others
    .filter((other) => findsPods(one.object, podLabelsOf(other.object)))
    .map((other) =>
      told(
        one,
        ["spec", "selector"],
        `finds pods of ${titleOf(other.object)} as well; from the first release on it finds those of the active colour alone`,
      ),
    );
