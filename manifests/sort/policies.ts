import { appLabels } from "../../protocol/labels.ts";
import { workloadName } from "../../protocol/names.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { COLOURS, isJsonObject, type Colour, type Json } from "../../release/release.ts";
import { builtInKind, isKind } from "../built-in-kinds.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../kube-object.ts";
import type { Path } from "../pod-references.ts";
import { matchesLabels } from "./label-selector.ts";
import { podLabelsOf } from "./pod-templates.ts";
import { told } from "./told.ts";

/**
 * Tells of a NetworkPolicy around the web pods that does not admit the release's own pods: the Jobs
 * that test a version, and the guard.
 */
export function admissionNotes(objects: readonly ManifestObject[], web: ManifestObject): Finding[] {
  const app = web.object.metadata.name;
  const labels = podLabelsOf(web.object);
  const own = appLabels(app, "manifests");
  return objects
    .filter(({ object }) => isKind(object, "NetworkPolicy"))
    .flatMap((one) => {
      const { podSelector, policyTypes, ingress } = isJsonObject(one.object["spec"])
        ? one.object["spec"]
        : {};
      const isOfIngress = !Array.isArray(policyTypes) || policyTypes.includes("Ingress");
      if (!isOfIngress || !matchesLabels(podSelector ?? {}, labels)) return [];
      const rules: readonly Json[] = Array.isArray(ingress) ? (ingress as readonly Json[]) : [];
      if (rules.some((rule) => admits(rule, own))) return [];
      const label = Object.entries(own)[0]?.join(": ") ?? "";
      return [
        told(
          one,
          ["spec", "ingress"],
          `does not admit the pods by which a release tests ${titleOf(web.object)}`,
          `Add to its ingress: \`- from: [{ podSelector: { matchLabels: { ${label} } } }]\``,
        ),
      ];
    });
}

/** Whether a rule admits pods of the policy's own namespace with these labels. */
function admits(rule: Json, labels: Json): boolean {
  const peers = isJsonObject(rule) ? rule["from"] : undefined;
  if (!Array.isArray(peers) || peers.length === 0) return true;
  return peers.some((peer: Json) => {
    if (!isJsonObject(peer) || peer["ipBlock"] !== undefined) return false;
    const { namespaceSelector, podSelector } = peer;
    // Labels of the namespace are not known, but for the selector that asks for none.
    const isOwnNamespace = namespaceSelector === undefined || matchesLabels(namespaceSelector, {});
    return isOwnNamespace && (podSelector === undefined || matchesLabels(podSelector, labels));
  });
}

/**
 * Tells of objects of other tools that are for a Service or a Deployment by name: a route leads
 * past that Service, and that Deployment is there under other names.
 */
export function targetNotes(
  objects: readonly ManifestObject[],
  web: ManifestObject,
  services: readonly ManifestObject[],
  routes: readonly ManifestObject[],
): Finding[] {
  const app = web.object.metadata.name;
  const isWeb = ({ kind, name }: Target) => kind === "Deployment" && name === app;
  const routed = new Set(routes.length === 0 ? [] : services.map(({ object }) => object.metadata.name));
  return objects
    .filter(({ object }) => builtInKind(object) === undefined)
    .flatMap((one) =>
      targetsOf(one).flatMap((target) => {
        if (isWeb(target))
          return [
            told(
              one,
              target.path,
              `is for Deployment/${app}, which a release makes as ${pairOf(workloadName, target.name)}`,
              "Name these",
            ),
          ];
        if (target.kind !== "Service" || !routed.has(target.name)) return [];
        return [
          told(
            one,
            target.path,
            `is for Service/${target.name}, and routes lead past it to ${pairOf(workloadService, target.name)}`,
            "Name these as well",
          ),
        ];
      }),
    );
}

const pairOf = (nameFor: (name: string, colour: Colour) => string, name: string): string =>
  COLOURS.map((colour) => nameFor(name, colour)).join(" and ");

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly path: Path;
}

/** What policies and autoscalers of other tools are for, by the field that they have in common. */
function targetsOf({ object }: ManifestObject): Target[] {
  const lists = valueAt(object, ["spec", "targetRefs"]);
  const paths: Path[] = [
    ["spec", "targetRef"],
    ["spec", "scaleTargetRef"],
    ...(Array.isArray(lists) ? lists.map((_: Json, index) => ["spec", "targetRefs", index]) : []),
  ];
  return paths.flatMap((path) => {
    const [kind, name] = ["kind", "name"].map((key) => valueAt(object, [...path, key]));
    return typeof kind === "string" && typeof name === "string" ? [{ kind, name, path }] : [];
  });
}
