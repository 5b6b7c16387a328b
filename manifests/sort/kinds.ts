import { configKey } from "../../protocol/names.ts";
import { GATEWAY_GROUP } from "../../protocol/traffic/route-shape.ts";
import type { SortOptions } from "../application.ts";
import { builtInKind, groupOf, isClusterWide, isKind } from "../built-in-kinds.ts";
import { titleOf, valueAt, type Finding, type KubeObject, type ManifestObject } from "../kube-object.ts";
import { findsPods, servicesOf } from "./find-web.ts";
import { podLabelsOf } from "./pod-templates.ts";
import { inWords, listed, told } from "./told.ts";

/** Kinds of Kubernetes' own that a release has no place for, and why. */
const NO_PLACE: Readonly<Record<string, string>> = {
  DaemonSet: "runs one pod on every node, so there is no second colour of it",
  Job: "runs once, and a release has no moment for it",
  Pod: "is not replaced by anything when it ends",
  ReplicaSet: "is made by a Deployment",
  ReplicationController: "is what Deployments have replaced",
  StatefulSet: "has pods with names and volumes of their own, so there is no second colour of it",
};

/** Kinds of other tools that would act on the same pods, by group. */
const OTHER_TOOLS: Readonly<Record<string, readonly string[]>> = {
  "argoproj.io": ["Application", "ApplicationSet", "Rollout"],
  "flagger.app": ["Canary"],
  "helm.toolkit.fluxcd.io": ["HelmRelease"],
  "keda.sh": ["ScaledJob", "ScaledObject"],
  "kustomize.config.k8s.io": ["Component", "Kustomization"],
  "kustomize.toolkit.fluxcd.io": ["Kustomization"],
};

/** Refuses objects that a release has no place for, unless config says what to do with them. */
export function kindRefusals(
  objects: readonly ManifestObject[],
  { namespace, shared }: Pick<SortOptions, "namespace" | "shared">,
): Finding[] {
  const asked = objects.filter(({ object }) => !shared.includes(titleOf(object)));
  const elsewhere = Map.groupBy(
    asked.filter(({ object }) => isElsewhere(object, namespace)),
    ({ object }) => object.metadata.namespace ?? "",
  );
  return [
    ...[...elsewhere].map(([other, some]) => inOtherNamespace(some, other, namespace)),
    ...asked.flatMap((one) => {
      const reason = reasonAgainst(one.object);
      return reason === null ? [] : [told(one, [], reason, choices(one.object))];
    }),
  ];
}

const isElsewhere = (object: KubeObject, namespace: string): boolean =>
  !isClusterWide(object) && ![undefined, "", namespace].includes(object.metadata.namespace);

/** One finding for all of a namespace: mostly it is config that names the wrong one. */
function inOtherNamespace(some: readonly ManifestObject[], other: string, namespace: string): Finding {
  const [first, ...others] = some as readonly [ManifestObject, ...ManifestObject[]];
  const titles = some.map(({ object }) => titleOf(object));
  const key = configKey("namespace");
  const who =
    others.length === 0 ? "is" : `and ${others.length === 1 ? titles[1] : `${others.length} others`} are`;
  const isApplication = some.some(({ object }) => isKind(object, "Deployment"));
  return told(
    first,
    ["metadata", "namespace"],
    `${who} in namespace ${other}, and the release is in ${namespace} (${key})`,
    isApplication
      ? `Set ${key}: ${other}, or take the namespace out of the files`
      : choices(...some.map(({ object }) => object)),
  );
}

function reasonAgainst(object: KubeObject): string | null {
  if (isClusterWide(object)) return "belongs to the whole cluster, and a release stays in its namespace";
  const noPlace = builtInKind(object) && NO_PLACE[object.kind];
  if (noPlace) return `cannot be released: it ${noPlace}`;
  return OTHER_TOOLS[groupOf(object.apiVersion)]?.includes(object.kind)
    ? "cannot be released: by it another tool makes or scales pods"
    : null;
}

function choices(...objects: readonly KubeObject[]): string {
  const titles = objects.map(titleOf);
  const [it, is] = titles.length > 1 ? ["them", "they are"] : ["it", "it is"];
  return `Leave ${it} out with ${listed("ignore", ...titles)}, or have ${it} written as ${is}, once, with ${listed("shared", ...titles)}`;
}

/** Kinds that a later version releases, and what leads to the web pods by them. */
export function laterRefusals(
  objects: readonly ManifestObject[],
  web: ManifestObject,
  followed: readonly ManifestObject[],
  shared: readonly string[],
): Finding[] {
  const isWeb = (kind: unknown, name: unknown) => `${String(kind)}/${String(name)}` === titleOf(web.object);
  const isFollowed = (name: unknown) => followed.some(({ object }) => object.metadata.name === name);
  return objects.flatMap((one): Finding[] => {
    const { object } = one;
    const ignored = `Until then leave it out with ${listed("ignore", titleOf(object))}`;
    if (isKind(object, "CronJob"))
      return [told(one, [], "cannot be released yet: CronJobs come with a later version", ignored)];
    if (isKind(object, "HorizontalPodAutoscaler")) {
      const target = ["kind", "name"].map((key) => valueAt(object, ["spec", "scaleTargetRef", key]));
      if (!isWeb(target[0], target[1])) return [];
      return [
        told(
          one,
          ["spec", "scaleTargetRef"],
          "cannot be released yet: autoscalers come with a later version",
          `${ignored}, and set the number of pods with ${configKey("replicas")}`,
        ),
      ];
    }
    if (object.kind === "GRPCRoute" && groupOf(object.apiVersion) === GATEWAY_GROUP) {
      const rules = valueAt(object, ["spec", "rules"]);
      const names = (Array.isArray(rules) ? rules : []).flatMap((rule) => {
        const backends = valueAt(rule, ["backendRefs"]);
        return (Array.isArray(backends) ? backends : []).map((backend) => valueAt(backend, ["name"]));
      });
      if (!names.some(isFollowed)) return [];
      return [told(one, [], "cannot be released yet: GRPCRoutes come with a later version", ignored)];
    }
    if (isKind(object, "Deployment") && one !== web) return furtherDeployment(one, web, objects, shared);
    return [];
  });
}

/** A Deployment besides the one that users reach. */
function furtherDeployment(
  one: ManifestObject,
  web: ManifestObject,
  objects: readonly ManifestObject[],
  shared: readonly string[],
): Finding[] {
  const title = titleOf(one.object);
  const webTitle = titleOf(web.object);
  const webLabels = podLabelsOf(web.object);
  const own = servicesOf(one, objects).filter(({ object }) => !findsPods(object, webLabels));
  if (own.length > 0 && shared.includes(title)) return [];
  if (own.length === 0)
    return [
      told(
        one,
        [],
        "has no Service of its own, and cannot be released yet: workers come with a later version",
        `Until then leave it out with ${listed("ignore", title)}`,
      ),
    ];
  const services = own.map(({ object }) => titleOf(object));
  return [
    told(
      one,
      [],
      `stands behind ${inWords(services)}, and ${webTitle} is the one that users reach; only one is released`,
      `Set ${configKey("app.name")}: ${one.object.metadata.name} if that is the one. Else have it written as it is, once, with ${listed("shared", title)}, or leave it out with ${listed("ignore", title, ...services)}`,
    ),
  ];
}
