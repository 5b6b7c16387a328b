import type { JsonObject } from "../../release/release.ts";
import { valueAt, type ManifestObject } from "../kube-object.ts";
import type { Budget } from "../version-objects.ts";
import { prepared, type Prepared } from "./told.ts";

/**
 * The budgets of the web pods: the user's, for pods of this application alone, or one of ours. Two
 * that see the same pod would keep it from being evicted at all.
 */
export function budgetsOf(
  app: string,
  selector: Readonly<Record<string, string>>,
  written: readonly ManifestObject[],
): Prepared<readonly Budget[]> {
  if (written.length > 0) return prepared(written.map(({ object }) => narrowed(object, selector)));
  const what = `PodDisruptionBudget/${app}: maxUnavailable 1`;
  const why = "a node that is drained takes one pod of a version at a time";
  const ours = { name: app, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } };
  return prepared([ours], { added: [{ what, why }] });
}

function narrowed(object: ManifestObject["object"], selector: Readonly<Record<string, string>>): Budget {
  const spec = (object["spec"] ?? {}) as JsonObject;
  const written = valueAt(spec, ["selector"]) as JsonObject | undefined;
  const matchLabels = { ...(written?.["matchLabels"] as JsonObject | undefined), ...selector };
  return { name: object.metadata.name, spec: { ...spec, selector: { ...written, matchLabels } } };
}
