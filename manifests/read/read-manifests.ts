import { groupOf } from "../built-in-kinds.ts";
import { byPlace, titleOf, type Finding, type ManifestObject } from "../kube-object.ts";
import { checkFields, placeOf } from "./checks/check-fields.ts";
import { contentProblems } from "./checks/content-problems.ts";
import { loadFieldTypes, type FieldTypes } from "./checks/field-types.ts";
import { findFiles } from "./manifest-files.ts";
import { objectsOf } from "./objects-of.ts";
import { parseYaml } from "./yaml/parse-yaml.ts";
import { kindProblems } from "./checks/kind-problems.ts";
import { templateProblems } from "./checks/template-problems.ts";
import { withoutNulls } from "./without-nulls.ts";
import { MOST_VALUES } from "./yaml/yaml-document.ts";

/** What files hold. */
export interface ReadManifests {
  /** In the order of the files, and in theirs; complete where nothing is refused. */
  readonly objects: readonly ManifestObject[];
  readonly refusals: readonly Finding[];
  /** What was not read, and is perhaps missed. */
  readonly notes: readonly Finding[];
}

/**
 * Reads the application's objects from a file or a folder, as `kubectl apply -f` would: `*.yaml`,
 * `*.yml` and `*.json` of the folder itself by their names, lists taken apart. What the API server
 * writes itself (status, uid, …) is left out. Kubernetes' own kinds and HTTPRoute are compared with
 * their fields; others are taken as they are.
 *
 * @param path file or folder, relative to the project
 * @param project the project's folder
 * @param ignore objects, as `Kind/name`, in which nothing is wrong, as nobody writes them
 */
export async function readManifests(
  path: string,
  { project, ignore = [] }: { readonly project: string; readonly ignore?: readonly string[] },
): Promise<ReadManifests> {
  const found = await findFiles(path, project);
  const refusals = [...found.refusals];
  const budget = { values: MOST_VALUES };
  const read: ManifestObject[] = [];
  const isIgnored = ({ object }: ManifestObject) => ignore.includes(titleOf(object));
  for (const { name, text } of found.files) {
    const parsed = parseYaml(text, name, budget);
    refusals.push(...parsed.refusals);
    for (const document of parsed.documents) {
      const { objects, refusals: wrong } = objectsOf(document);
      read.push(...objects);
      refusals.push(...wrong);
      if (wrong.length > 0 || !objects.every(isIgnored)) refusals.push(...document.refusals);
    }
  }
  if (read.length === 0 && refusals.length === 0)
    refusals.push({
      source: found.files[0] ? { file: found.files[0].name, line: 1 } : null,
      text: `Cannot find an object of Kubernetes in ${path}`,
      advice: "Put the application's Deployment and Service there",
    });
  if (read.length === 0) return { objects: [], refusals: refusals.toSorted(byPlace), notes: found.notes };
  const types = await loadFieldTypes();
  const written = read.filter((one) => !isIgnored(one));
  refusals.push(...written.flatMap((one) => problemsOf(one, types)), ...duplicates(written));
  return {
    objects: read.map(({ object, sourceOf }) => ({ object: withoutNulls(object, types), sourceOf })),
    refusals: refusals.toSorted(byPlace),
    notes: found.notes,
  };
}

/** Everything that the API server would not take of an object. */
function problemsOf({ object, sourceOf }: ManifestObject, types: FieldTypes): Finding[] {
  const templates = templateProblems(object);
  // Whatever else is wrong with a template is wrong because it is one.
  const problems =
    templates.length > 0
      ? templates
      : [...kindProblems(object), ...checkFields(object, types), ...contentProblems(object)];
  return problems.map(({ path, text, advice }) => ({
    source: sourceOf(path),
    text: `${titleOf(object)}: ${placeOf(path)} ${text}`,
    advice,
  }));
}

/** Objects that stand in the files twice: which one counts would be chance. */
function duplicates(objects: readonly ManifestObject[]): Finding[] {
  const seen = new Map<string, ManifestObject[]>();
  return objects.flatMap((one) => {
    const { object, sourceOf } = one;
    const { kind, apiVersion, metadata } = object;
    const key = `${groupOf(apiVersion)} ${kind} ${metadata.name}`;
    const before = seen.get(key) ?? [];
    seen.set(key, [...before, one]);
    const { namespace } = metadata;
    const first = before.find(
      ({ object: { metadata: other } }) => !namespace || !other.namespace || namespace === other.namespace,
    );
    if (!first) return [];
    const { file, line } = first.sourceOf([]);
    return [
      {
        source: sourceOf([]),
        text: `${titleOf(object)} stands in the files twice, first in ${file}:${line}`,
        advice: "Keep one of them",
      },
    ];
  });
}
