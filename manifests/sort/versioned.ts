import { configKey } from "../../protocol/names.ts";
import { isKind } from "../built-in-kinds.ts";
import { titleOf, type Finding, type ManifestObject } from "../kube-object.ts";
import { podReferences } from "../pod-references.ts";
import { mentionsIn, type Mention } from "./mentions.ts";
import { podTemplateOf } from "./pod-templates.ts";
import { sorted, told, type Sorted } from "./told.ts";

/** Types of Secrets whose content a controller of the cluster writes. */
const FILLED_TYPES = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];

/** Annotations and labels by which a controller is asked to fill an object. */
const FILLED_BY =
  /^(config\.openshift\.io\/inject-trusted-cabundle|service\.beta\.openshift\.io\/inject-cabundle|cert-manager\.io\/|reflector\.v1\.k8s\.emberstack\.com\/reflects|replicator\.v1\.mittwald\.de\/replicate-from|secret-generator\.v1\.mittwald\.de\/)/;

/**
 * The ConfigMaps and Secrets of which each version has its own: web pods take variables or files
 * from them, and nothing else names them.
 *
 * @param objects that are released
 * @param all with those that are left out: they may be in the cluster all the same
 */
export function versionedOf(
  objects: readonly ManifestObject[],
  all: readonly ManifestObject[],
  web: ManifestObject,
  unversioned: readonly string[],
): Sorted<readonly ManifestObject[]> {
  const references = podReferences(podTemplateOf(web.object)?.template ?? {});
  const ofWeb = new Set(
    references
      .filter(({ use }) => use === "variables" || use === "files")
      .map(({ kind, name }) => `${kind}/${name}`),
  );
  const mentionOf = mentionsIn(all, web);
  const notes: Finding[] = [];
  const value = objects.filter((one) => {
    const { object } = one;
    if (!isKind(object, "ConfigMap") && !isKind(object, "Secret")) return false;
    if (!ofWeb.has(titleOf(object)) || unversioned.includes(object.metadata.name)) return false;
    const shared = sharedBecause(one, mentionOf);
    if (shared) notes.push(shared);
    return !shared;
  });
  return sorted(value, { notes: [...notes, ...absent(references, objects, web)] });
}

/** Why there is only one of an object for both versions; null where each has its own. */
function sharedBecause(
  one: ManifestObject,
  mentionOf: (one: ManifestObject) => Mention | null,
): Finding | null {
  const { object } = one;
  const shared = "is shared by both versions, which see its changes";
  if (FILLED_TYPES.includes(String(object["type"])) || isFilled(one))
    return told(one, [], `${shared}: a controller fills it`);
  const mention = mentionOf(one);
  if (!mention) return null;
  const { file, line } = mention.by.sourceOf(mention.path);
  return told(
    one,
    ["metadata", "name"],
    `${shared}: ${titleOf(mention.by.object)} names it too (${file}:${line})`,
    `Each version has its own only of what its pods alone name; list it in ${configKey("unversioned")} if it is to be shared`,
  );
}

const isFilled = ({ object: { metadata } }: ManifestObject): boolean =>
  [...Object.keys(metadata.annotations ?? {}), ...Object.keys(metadata.labels ?? {})].some((key) =>
    FILLED_BY.test(key),
  );

/** What web pods name and no file has: it must be there, and is the same for both versions. */
function absent(
  references: ReturnType<typeof podReferences>,
  objects: readonly ManifestObject[],
  web: ManifestObject,
): Finding[] {
  const present = new Set(objects.map(({ object }) => titleOf(object)));
  const path = podTemplateOf(web.object)?.path ?? [];
  const seen = new Set<string>();
  return references.flatMap((reference) => {
    const title = `${reference.kind}/${reference.name}`;
    if (present.has(title) || seen.has(title)) return [];
    seen.add(title);
    return [
      told(
        web,
        [...path, ...reference.path],
        `names ${title}, which no file has: ${reference.optional ? "if it is in the namespace, both versions see" : "it must be in the namespace, and both versions see"} its changes`,
      ),
    ];
  });
}
