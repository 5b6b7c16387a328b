import { objectMetadata } from "../../protocol/kubernetes/object-metadata.ts";
import { ofWorkload } from "../../protocol/labels.ts";
import { workloadName } from "../../protocol/names.ts";
import type { JsonObject } from "../../release/release.ts";
import { valueAt } from "../kube-object.ts";
import type { Budget } from "../version-objects.ts";
import type { ForWorkload } from "./deployment.ts";

/** The PodDisruptionBudget `<budget>-<workload>` for the pods of one workload, without the kind. */
export const budgetOf = ({ name, spec }: Budget, { cluster, workload }: ForWorkload) => ({
  metadata: objectMetadata(cluster, workloadName(name, workload)),
  spec: { ...spec, selector: narrowed(valueAt(spec, ["selector"]) as JsonObject, workload) },
});

const narrowed = (selector: JsonObject, workload: ForWorkload["workload"]): JsonObject => ({
  ...selector,
  matchLabels: ofWorkload((selector["matchLabels"] ?? {}) as Readonly<Record<string, string>>, workload),
});
