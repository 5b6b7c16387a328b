import type { JsonObject } from "../../release/release.ts";
import { titleOf, type KubeObject } from "../kube-object.ts";
import type { VersionObjects } from "../version-objects.ts";
import { contentChanges } from "./content.ts";
import { differences } from "./differences.ts";
import { nameInFiles, podChanges } from "./pods.ts";
import { describeDifference } from "./words.ts";

/** What differs of an object, in a person's words. */
export interface ObjectChanges {
  /** `Deployment/shop`, by its name in the files. */
  readonly title: string;
  /** At least one, each on a line. */
  readonly changes: readonly string[];
}

/**
 * What differs between two versions; nothing where they consist of the same. What two versions
 * never have in common (their colour's name and login, their version's) is left out, so between
 * two with the same image and files nothing differs. Values of Secrets are never shown.
 *
 * @param app name of the Deployment
 */
export function changesBetween(before: VersionObjects, after: VersionObjects, app: string): ObjectChanges[] {
  const pods = podChanges(before, after);
  return [
    ...(pods.length > 0 ? [{ title: `Deployment/${app}`, changes: pods }] : []),
    ...changesOf(before.versioned.map(inFiles), after.versioned.map(inFiles)),
    ...changesOf(before.shared, after.shared),
    ...changesOf(entrancesOf(before), entrancesOf(after)),
    ...changesOf(budgetsOf(before), budgetsOf(after)),
  ];
}

const inFiles = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, name: nameInFiles(object.metadata.name) },
});

/** The parts of an entrance that decide what it is, as an object. */
const entrancesOf = ({ entrances }: VersionObjects): KubeObject[] =>
  entrances.objects.map(({ kind, name, labels, annotations, spec }) =>
    objectOf(kind, name, { labels, annotations }, spec as JsonObject),
  );

const budgetsOf = ({ budgets }: VersionObjects): KubeObject[] =>
  budgets.map(({ name, spec }) => objectOf("PodDisruptionBudget", name, {}, spec));

const objectOf = (
  kind: string,
  name: string,
  metadata: Pick<KubeObject["metadata"], "labels" | "annotations">,
  spec: JsonObject,
): KubeObject => ({ apiVersion: "", kind, metadata: { name, ...metadata }, spec });

function changesOf(before: readonly KubeObject[], after: readonly KubeObject[]): ObjectChanges[] {
  const [was, is] = [before, after].map((objects) => new Map(objects.map((one) => [titleOf(one), one])));
  const titles = [...new Set([...before, ...after].map(titleOf))];
  return titles.flatMap((title) => {
    const changes = changesOfOne(was?.get(title), is?.get(title));
    return changes.length > 0 ? [{ title, changes }] : [];
  });
}

function changesOfOne(before: KubeObject | undefined, after: KubeObject | undefined): string[] {
  if (!before) return ["new"];
  if (!after) return ["no longer in the files"];
  const hasContent = before.kind === "Secret" || before.kind === "ConfigMap";
  const [one, other] = hasContent ? [withoutContent(before), withoutContent(after)] : [before, after];
  return [
    ...differences(one, other).map(describeDifference),
    ...(hasContent ? contentChanges(before, after) : []),
  ];
}

function withoutContent(object: KubeObject): JsonObject {
  const { data: _, binaryData: __, stringData: ___, ...rest } = object;
  return rest;
}
