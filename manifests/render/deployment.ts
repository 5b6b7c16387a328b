import {
  AWAITED_AT_ITS_END_ONLY,
  numbered,
  objectMetadata,
  type ObjectsPlace,
} from "../../protocol/kubernetes/object-metadata.ts";
import { isOfManifests, ofWorkload } from "../../protocol/labels.ts";
import { TEMPLATE_ANNOTATION, workloadName } from "../../protocol/names.ts";
import { canonical, type Json, type JsonObject } from "../../release/release.ts";
import { digestOf } from "../../release/slot-digest.ts";
import type { Workload } from "../../release/workload.ts";
import { valueAt } from "../kube-object.ts";
import type { VersionObjects, WebPods } from "../version-objects.ts";

/** Which workload an object is for, and whose. */
export interface ForWorkload {
  readonly cluster: ObjectsPlace;
  readonly workload: Workload;
}

/** All that a version does not decide about its Deployment. */
export interface DeploymentAt extends ForWorkload {
  /** `parked`: no pods at all. */
  readonly size: "full" | "parked";
  /** Pods at full size, see {@link fullSize}; null: left to an autoscaler. */
  readonly replicas: number | null;
  /** Of the attempt, which writes the Deployment anew. */
  readonly number: number;
}

/** A Deployment, without the kind. */
export interface RenderedDeployment extends JsonObject {
  readonly metadata: JsonObject & { readonly name: string; readonly namespace: string };
  readonly spec: JsonObject & { readonly template: WebPods["template"] };
}

/** Pods at full size: as `zero-downtime:replicas` says (0: nothing), else as the version does. */
export const fullSize = ({ web }: Pick<VersionObjects, "web">, replicas: number): number =>
  replicas > 0 ? replicas : web.replicas;

/**
 * Tells pods of this template from those of any other, also where both have the same image: a
 * release of configuration alone. Null where config describes the pods: there an edit in a release
 * is another image.
 */
export const templateDigest = ({
  web: { selector, template },
}: Pick<VersionObjects, "web">): string | null => (isOfManifests(selector) ? digestOf(template) : null);

/** The Deployment `<app>-<workload>` of a version's web pods, as it is written into the cluster. */
export function deploymentOf(
  { web }: Pick<VersionObjects, "web">,
  { cluster, workload, size, replicas, number }: DeploymentAt,
): RenderedDeployment {
  const selector = ofWorkload(web.selector, workload);
  const count = size === "parked" ? 0 : replicas;
  return {
    metadata: objectMetadata(cluster, workloadName(cluster.app, workload), {
      labels: { ...web.labels, ...selector },
      annotations: { ...web.annotations, ...numbered(number), ...AWAITED_AT_ITS_END_ONLY },
    }),
    spec: {
      ...(count === null ? {} : { replicas: count }),
      ...web.spec,
      selector: { matchLabels: selector },
      template: templateOf(web, selector),
    },
  };
}

function templateOf(web: WebPods, selector: Readonly<Record<string, string>>) {
  const { template, selector: pods } = web;
  const { metadata, spec } = template;
  const digest = templateDigest({ web });
  const annotations =
    digest === null
      ? {}
      : { annotations: { ...(metadata["annotations"] as JsonObject), [TEMPLATE_ANNOTATION]: digest } };
  const spread = spec["topologySpreadConstraints"] as readonly JsonObject[] | undefined;
  return {
    ...template,
    metadata: { ...metadata, labels: { ...(metadata["labels"] as JsonObject), ...selector }, ...annotations },
    spec: {
      ...spec,
      ...(spread ? { topologySpreadConstraints: spread.map((one) => spreadOf(one, pods, selector)) } : {}),
    },
  };
}

/** Our own constraint is about the pods of the workload alone; the user's are as written. */
const spreadOf = (constraint: JsonObject, pods: Json, selector: Json): JsonObject =>
  canonical(valueAt(constraint, ["labelSelector"])) === canonical({ matchLabels: pods })
    ? { ...constraint, labelSelector: { matchLabels: selector } }
    : constraint;
