import type { KubeObject, ManifestObject } from "../../manifests/kube-object.ts";
import { budgetOf } from "../../manifests/render/budget.ts";
import { deploymentOf, fullSize, type RenderedDeployment } from "../../manifests/render/deployment.ts";
import { serviceOf } from "../../manifests/render/service.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { formOf } from "../../protocol/config/form-of.ts";
import { apiVersionOf } from "../../protocol/kubernetes/object-kind.ts";
import type { ObjectsPlace } from "../../protocol/kubernetes/object-metadata.ts";
import { trialName } from "../../protocol/identity/trial-route.ts";
import { guardName, jobsAccount, loginSecret, recordSecret } from "../../protocol/names.ts";
import { backendFor } from "../../protocol/traffic/backends.ts";
import type { Entrance } from "../../protocol/traffic/entrance.ts";
import type { StagePlan } from "../../release/plan.ts";
import { PHASES } from "../../release/phases.ts";
import { coloursWithLogin } from "../../release/database/logins.ts";
import { asJson, isMoving, type Release, type Slot } from "../../release/release.ts";
import { verdictObject } from "../../release/verdict.ts";
import { WORKLOADS, workloadOf, type Workload } from "../../release/workload.ts";
import { chosenIdentity } from "../identity/chosen-identity.ts";
import { fileSource } from "./file-source.ts";
import { guardPods, jobPods } from "./own-pods.ts";
import { titleOf, type PlannedObject, type PlannedPods } from "./planned.ts";

/** Arguments of {@link stageNeeds}. */
export interface StageNeedsArgs {
  readonly config: Omit<Config, "databasePasswords">;
  readonly release: Release;
  readonly plan: Pick<StagePlan, "direction" | "weights">;
  /** What a slot consists of. */
  readonly versionOf: (slot: Slot) => VersionObjects;
  /** The objects of the files, where the version that is prepared is made from them. */
  readonly files?: readonly ManifestObject[];
}

/** What a stage writes, and what those after it will. */
export interface StageNeeds {
  readonly objects: readonly PlannedObject[];
  readonly pods: readonly PlannedPods[];
}

/**
 * What the cluster must take for a release to get to its end: asked in every stage until the new
 * version's pods are there, so before a schema is changed for them. Nothing on a way back, which
 * must not wait or be refused for any of this, and nothing once both versions run.
 */
export function stageNeeds(args: StageNeedsArgs): StageNeeds {
  const { release, plan } = args;
  const { newPods, oldPods } = PHASES[release.phase];
  const isAllThere = newPods === "serve" && oldPods !== "replaced";
  if (plan.direction === "back" || isAllThere) return { objects: [], pods: [] };
  const coming = comingOf(args);
  return { objects: [...versionObjects(coming), ...programObjects(coming)], pods: podsOf(coming) };
}

/** The version that comes, or in `stable` the one that serves, and where it will be. */
interface Coming extends StageNeedsArgs {
  readonly place: ObjectsPlace;
  readonly slot: Slot;
  readonly version: VersionObjects;
  readonly workload: Workload;
  /** Pods at full size. */
  readonly size: number;
  readonly deployment: PlannedObject & { readonly object: KubeObject };
  readonly template: RenderedDeployment["spec"]["template"];
}

function comingOf(args: StageNeedsArgs): Coming {
  const { config, release, versionOf } = args;
  const { autoscale } = config.app;
  const place = { app: config.app.name, namespace: config.namespace, form: formOf(config) };
  const slot = isMoving(release) ? release.to : release.from;
  const version = versionOf(slot);
  const workload = workloadOf(release, slot);
  const replicas = fullSize(version, config.replicas);
  const at = { cluster: place, workload, size: "full", number: 0 } as const;
  const rendered = deploymentOf(version, { ...at, replicas: autoscale ? null : replicas });
  const object = { apiVersion: "apps/v1", kind: "Deployment", ...rendered };
  const deployment = { ...planned(args, object), object };
  const { template } = rendered.spec;
  return { ...args, place, slot, version, workload, size: autoscale?.min ?? replicas, deployment, template };
}

/** Objects that the version consists of, as they will be written. */
function versionObjects(coming: Coming): PlannedObject[] {
  const { config, plan, version, deployment } = coming;
  const { entrances, versioned, shared } = version;
  const behind = WORKLOADS.filter((workload) => plan.weights[workload] !== undefined);
  const autoscaler = config.app.autoscale
    ? [only("autoscaling/v2", "HorizontalPodAutoscaler", deployment.name)]
    : [];
  const others = [
    ...behind.flatMap((workload) => addressObjects(coming, workload)),
    ...entrances.objects.map((entrance) => entranceObject(coming, entrance)),
    ...versioned,
    ...shared,
  ];
  return [deployment, ...autoscaler, ...others.map((object) => planned(coming, object))];
}

function addressObjects({ version, place }: Coming, workload: Workload): KubeObject[] {
  const at = { cluster: place, workload };
  const { entrances, budgets } = version;
  const objects = [
    ...entrances.services.map((each) => ({ apiVersion: "v1", kind: "Service", ...serviceOf(each, at) })),
    ...budgets.map((each) => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      ...budgetOf(each, at),
    })),
  ];
  return objects.map((object) => asJson(object) as KubeObject);
}

/** Only who serves is not decided yet, and that may be anybody. */
const entranceObject = (
  { place }: Coming,
  { kind, name, labels, annotations, spec }: Entrance,
): KubeObject => ({
  apiVersion: kind === "Service" ? "v1" : ROUTES,
  kind,
  metadata: { name, namespace: place.namespace, labels, annotations },
  spec: asJson(spec),
});

const ROUTES = apiVersionOf(backendFor("gateway").object);
const RIGHTS = "rbac.authorization.k8s.io/v1";

/** Objects of the program's own, by their names. */
function programObjects({ config, release, slot, place: { app } }: Coming): PlannedObject[] {
  const isWatched = release.strategy !== "rolling";
  const accounts = [jobsAccount(app), ...(isWatched ? [guardName(app)] : [])];
  return [
    ...accounts.flatMap((name) => [
      only("v1", "ServiceAccount", name),
      only(RIGHTS, "Role", name),
      only(RIGHTS, "RoleBinding", name),
    ]),
    ...(isWatched
      ? [only("apps/v1", "Deployment", guardName(app)), only("v1", "ConfigMap", verdictObject(app))]
      : []),
    ...(chosenIdentity(config) === "entrance" ? [only(ROUTES, "HTTPRoute", trialName(app))] : []),
    ...(slot.content === undefined
      ? []
      : [only("v1", "Secret", recordSecret(app, slot.colour, slot.content))]),
    ...(config.database
      ? (["migrator", ...coloursWithLogin(release)] as const).map((login) =>
          only("v1", "Secret", loginSecret(app, login)),
        )
      : []),
  ];
}

function podsOf({ config, release, workload, size, deployment, template }: Coming): PlannedPods[] {
  const { sourceOf } = deployment;
  const form = formOf(config);
  const web: PlannedPods = {
    title: titleOf(deployment),
    // Where pods are replaced one by one, there is one more of them meanwhile.
    count: workload === "rolling" && isMoving(release) ? size + 1 : size,
    deployment: deployment.name,
    template,
    ...(sourceOf ? { sourceOf: (path) => sourceOf(["spec", "template", ...path]) } : {}),
  };
  const isWatched = isMoving(release) && release.strategy !== "rolling";
  return [web, jobPods(config, form), ...(isWatched ? [guardPods(config, form)] : [])];
}

function planned({ files = [] }: Pick<StageNeedsArgs, "files">, object: KubeObject): PlannedObject {
  const { apiVersion, kind, metadata } = object;
  const sourceOf = fileSource(files, object);
  return { apiVersion, kind, name: metadata.name, object, ...(sourceOf ? { sourceOf } : {}) };
}

const only = (apiVersion: string, kind: string, name: string): PlannedObject => ({
  apiVersion,
  kind,
  name,
  object: null,
});
