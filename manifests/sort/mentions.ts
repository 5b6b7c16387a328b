import { isJsonObject, type Json } from "../../release/release.ts";
import { builtInKind, isKind } from "../built-in-kinds.ts";
import { valueAt, type KubeObject, type ManifestObject } from "../kube-object.ts";
import { podReferences, type Path, type PodReference } from "../pod-references.ts";
import { placesIn } from "./places.ts";
import { podTemplateOf, type FoundTemplate } from "./pod-templates.ts";

/** A place where a ConfigMap or Secret is named, besides the pods of the release. */
export interface Mention {
  readonly by: ManifestObject;
  readonly path: Path;
}

type Versionable = "ConfigMap" | "Secret";

/** A text of an object. */
interface Text {
  readonly text: string;
  readonly path: Path;
}

/** What may name a ConfigMap or a Secret in an object. */
interface Naming {
  readonly by: ManifestObject;
  /** By pods, where that keeps versions from having their own. */
  readonly references: readonly Pick<PodReference, "kind" | "name" | "path">[];
  /** Fields outside of the pods. */
  readonly fields: readonly Text[];
  /** Annotations, commands, variables and what ConfigMaps hold. */
  readonly texts: readonly Text[];
}

/**
 * Finds the first place that names a ConfigMap or a Secret, other than those from which web pods
 * take variables and files: a reference of that kind, or text that may be read as its name.
 */
export function mentionsIn(
  objects: readonly ManifestObject[],
  web: ManifestObject,
): (one: ManifestObject) => Mention | null {
  const namings = objects.map((by) => namingOf(by, by === web));
  return ({ object }) => {
    const { kind, metadata } = object as { kind: Versionable; metadata: { name: string } };
    const { name } = metadata;
    for (const { by, references, fields, texts } of namings) {
      const found =
        references.find((reference) => reference.kind === kind && reference.name === name) ??
        fields.find(({ text, path }) => text === name && isReference(by, kind, path)) ??
        texts.find(({ text, path }) => mentions(text, kind, name) && !isHost(by, text, path, name));
      if (found) return { by, path: found.path };
    }
    return null;
  };
}

function namingOf(by: ManifestObject, isWeb: boolean): Naming {
  const { object } = by;
  const pods = podTemplateOf(object);
  const places = placesIn(object);
  const isInPods = ({ path }: Text) =>
    pods !== undefined && pods.path.every((key, index) => path[index] === key);
  return {
    by,
    references: (pods ? podReferences(pods.template) : [])
      .filter(({ use }) => !isWeb || use === "images" || use === "storage")
      .map(({ kind, name, path }) => ({ kind, name, path: [...(pods?.path ?? []), ...path] })),
    // What pods name is known; nothing else in their template is a reference.
    fields: places.filter((place) => !isInPods(place)),
    texts: places.filter(({ path }) => isText(object, pods, path)),
  };
}

/** Keys under which a name is that of something else. */
const OTHER_KEYS = new RegExp(
  [
    ...["service", "backend", "parent", "host", "dns", "domain", "destination", "port", "path", "scheme"],
    ...["container", "deployment", "workload", "scaleTarget", "claim", "namespace", "subject", "role"],
    ...["user", "topic", "queue", "cluster", "issuer", "class", "gateway", "selector", "label"],
    ...["^type$", "mode", "method", "protocol", "interval"],
  ].join("|"),
  "i",
);

/** Whether a text that is a name stands where one of that kind is named. */
function isReference({ object }: ManifestObject, kind: Versionable, path: Path): boolean {
  const keys = path.filter((key) => typeof key === "string");
  const isContent = isKind(object, "ConfigMap") || isKind(object, "Secret");
  if (
    isContent ||
    keys[0] === "metadata" ||
    keys.some((key) => /^(labels|matchLabels|selector|podSelector)$/.test(key))
  )
    return false;
  if (keys[0] === "rules" && keys.includes("resourceNames")) {
    const resources = valueAt(object, [...path.slice(0, -2), "resources"]);
    const named = Array.isArray(resources) ? resources.map((one: Json) => String(one)) : [];
    return named.includes("*") || named.includes(`${kind.toLowerCase()}s`);
  }
  const around = valueAt(object, path.slice(0, -1));
  const sibling = isJsonObject(around) && path.at(-1) === "name" ? around["kind"] : undefined;
  if (typeof sibling === "string") return sibling === kind;
  const said = keys.toReversed().find((key) => SECRET.test(key) || CONFIG_MAP.test(key));
  if (said !== undefined) return (kind === "Secret" ? SECRET : CONFIG_MAP).test(said);
  // Kubernetes' own kinds name them by such keys alone; of others nobody knows.
  if (builtInKind(object) || object.kind.endsWith("Route")) return false;
  return keys[0] !== "apiVersion" && keys[0] !== "kind" && !keys.some((key) => OTHER_KEYS.test(key));
}

const SECRET = /secret|certificateRef/i;
const CONFIG_MAP = /config-?map|caCertificateRef/i;

/** Annotations that name the release, the application or a container. */
const ABOUT_OTHERS =
  /^(meta\.helm\.sh\/|argocd\.argoproj\.io\/(tracking-id|instance)|kubectl\.kubernetes\.io\/default)/;

/** Whether names may stand in a text: of an annotation, command, variable or ConfigMap. */
function isText(object: KubeObject, pods: FoundTemplate | undefined, path: Path): boolean {
  const annotation = path.indexOf("annotations");
  if (annotation > 0 && path[annotation - 1] === "metadata")
    return !ABOUT_OTHERS.test(String(path[annotation + 1]));
  if (isKind(object, "ConfigMap")) return path[0] === "data";
  const inPod = pods ? path.slice(pods.path.length) : [];
  if (inPod[0] !== "spec" || !pods?.path.every((key, index) => path[index] === key)) return false;
  const isCommand = inPod.some((key) => key === "args" || key === "command");
  return isCommand || (inPod.at(-1) === "value" && inPod.at(-3) === "env");
}

/** Whether a text that is a name is that of a host, by what the variable or the key is called. */
function isHost({ object }: ManifestObject, text: string, path: Path, name: string): boolean {
  const variable = valueAt(object, [...path.slice(0, -1), "name"]);
  const said = path.at(-1) === "value" && typeof variable === "string" ? variable : String(path.at(-1));
  return text.trim() === name && /host|server|service|addr|url|endpoint/i.test(said);
}

/**
 * Whether a text has a name as a word of its own. A host (`http://name:80`, `user@name`) and a file
 * (`/etc/name/app.yaml`) are none, but a path of Kubernetes' API is.
 */
export function mentions(text: string, kind: Versionable, name: string): boolean {
  if (!text.includes(name)) return false;
  const escaped = name.replace(/[.]/g, "\\.");
  const words = new RegExp(`(?<![A-Za-z0-9._-])${escaped}(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])`, "g");
  return [...text.matchAll(words)].some((match) => {
    const before = text.slice(0, match.index);
    const after = text.slice(match.index + name.length);
    if (new RegExp(`${kind}s?/$`, "i").test(before)) return true;
    const isHost = /(:\/\/|@)$/.test(before) || /^:\d/.test(after);
    const isFile = /(?:^|[\s"'=:,(])\.{0,2}\/(?:[^\s"'=:,]*\/)?$/.test(before);
    return !isHost && !isFile;
  });
}
