import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import { appLabel } from "../../protocol/labels.ts";
import type { JsonObject, Slot } from "../../release/release.ts";
import type { Application } from "../application.ts";
import { isClusterWide } from "../built-in-kinds.ts";
import { titleOf, valueAt, type KubeObject } from "../kube-object.ts";
import type { VersionObjects } from "../version-objects.ts";
import { budgetsOf } from "./budgets.ts";
import { containersOf, objectsIn, type PodTemplate } from "./pods/containers.ts";
import { withEnding, type EndingNeeds } from "./pods/ending.ts";
import { entrancesOf, webPort } from "./entrances.ts";
import { withImage } from "./pods/images.ts";
import { annotationNotes, withLabels } from "./pods/labels.ts";
import { metricsOf } from "./pods/metrics.ts";
import { withOwnCopies, type DigestOf } from "./own-copies.ts";
import { plainSecretNotes } from "./pods/plain-secrets.ts";
import { replicasOf, rolloutOf, type RolloutNeeds } from "./pods/rollout.ts";
import { schedulingNotes, withSpread } from "./pods/scheduling.ts";
import { givenElsewhere } from "./pods/given-elsewhere.ts";
import { inTurn, toldOf, type Told } from "./told.ts";
import { withVariables } from "./pods/variables.ts";

/** What a version is prepared with, besides the files. */
export interface PrepareNeeds extends EndingNeeds, RolloutNeeds {
  /** `app.name`. */
  readonly app: string;
  readonly namespace: string;
  readonly slot: Pick<Slot, "colour" | "version" | "image">;
  /**
   * The libpq variables of the colour's login; null: none are passed, as there is no database or
   * the application has a login of its own.
   */
  readonly environment: readonly EnvironmentVariable[] | null;
  /** Keyed, as it is made of secrets too and stands in names. */
  readonly digestOf: DigestOf;
}

/** A version that is ready to be recorded, and what people are told of it. */
export interface PreparedVersion extends Told {
  /** Not to be written where there are refusals. */
  readonly objects: VersionObjects;
}

/**
 * What a version consists of: the application's objects as they are written, with what a release
 * needs of them added where it is missing. The same files and needs give the same version.
 *
 * @throws {RangeError} where the pods have no container of that name, or no Service with a port
 * leads to them: an application that was sorted has both
 */
export function prepareVersion(application: Application, needs: PrepareNeeds): PreparedVersion {
  const { web, container, services, routes } = application;
  const { app, namespace, slot } = needs;
  const selector = appLabel(app, "manifests");
  const pods = inTurn(templateOf(application), [
    (template) => withLabels(template, selector),
    (template) => withImage(template, container, slot.image),
    (template) => withVariables(template, web, container, needs),
    (template) => withEnding(template, web, needs),
    (template) => withSpread(template, selector),
  ]);
  const copies = withOwnCopies(pods.value, application.versioned, namespace, needs.digestOf);
  const { template, versioned } = copies.value;
  const rollout = rolloutOf(web, needs);
  const port = webPort(template, services);
  const metrics = metricsOf(template, web, services, port.value);
  const entrances = entrancesOf(routes, services, namespace);
  const budgets = budgetsOf(app, selector, application.budgets);
  const objects: VersionObjects = {
    web: {
      selector,
      labels: {},
      annotations: {},
      container,
      replicas: replicasOf(web),
      spec: rollout.value,
      template,
      metrics: metrics.value,
      port: port.value,
      imagePullSecrets: objectsIn(template.spec["imagePullSecrets"]).map(({ name }) => String(name)),
    },
    entrances: entrances.value,
    budgets: budgets.value,
    versioned,
    shared: application.shared.map(({ object }) => placed(object, namespace)),
  };
  return {
    objects,
    ...toldOf([pods, rollout, copies, budgets, port, metrics, entrances, ...aside(application, needs)]),
  };
}

function templateOf({ web, container }: Application): PodTemplate {
  const written = valueAt(web.object, ["spec", "template"]) as JsonObject;
  const template = { ...written, metadata: written["metadata"] ?? {} } as PodTemplate;
  if (!containersOf(template).some(({ name }) => name === container))
    throw new RangeError(`Cannot prepare ${titleOf(web.object)} as it has no container ${container}`);
  return template;
}

/** An object as it is written: in its own namespace, in the release's, or in none. */
const placed = (object: KubeObject, namespace: string): KubeObject =>
  isClusterWide(object) ? object : { ...object, metadata: { namespace, ...object.metadata } };

/** What changes nothing of the version. */
const aside = (application: Application, needs: PrepareNeeds): Told[] => [
  givenElsewhere(application, needs.environment ?? []),
  schedulingNotes(application.web),
  plainSecretNotes(application.web, templateOf(application)),
  annotationNotes(application.web),
];
