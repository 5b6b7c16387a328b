import { isJsonObject, type Json } from "../../release/release.ts";
import { builtInKind, isKind } from "../built-in-kinds.ts";
import { valueAt, type KubeObject, type ManifestObject } from "../kube-object.ts";
import { podReferences, type Path } from "../pod-references.ts";
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

/** A place where a name stands, which may be that of a ConfigMap, of a Secret, or of neither. */
interface Place extends Mention {
  readonly isOf: (kind: Versionable) => boolean;
}

/**
 * Finds the first place that names a ConfigMap or a Secret, other than those from which web pods
 * take variables and files: a reference of that kind, or text that may be read as its name.
 */
export function mentionsIn(
  objects: readonly ManifestObject[],
  web: ManifestObject,
): (one: ManifestObject) => Mention | null {
  const names = new Set(
    objects
      .filter(({ object }) => isKind(object, "ConfigMap") || isKind(object, "Secret"))
      .map(({ object }) => object.metadata.name),
  );
  // All texts are read once, however many names there are.
  const places = Map.groupBy(
    objects.flatMap((by) => namesIn(by, names, by === web)),
    ({ name }) => name,
  );
  return ({ object: { kind, metadata } }) =>
    places.get(metadata.name)?.find(({ isOf }) => isOf(kind as Versionable)) ?? null;
}

/** The names that stand in an object, and where. */
function namesIn(
  by: ManifestObject,
  names: ReadonlySet<string>,
  isWeb: boolean,
): (Place & { readonly name: string })[] {
  const { object } = by;
  const pods = podTemplateOf(object);
  const places = placesIn(object);
  const isInPods = ({ path }: Text) =>
    pods !== undefined && pods.path.every((key, index) => path[index] === key);
  const references = (pods ? podReferences(pods.template) : []).filter(
    ({ use }) => !isWeb || use === "images" || use === "storage",
  );
  return [
    ...references.map(({ kind, name, path }) => ({
      by,
      name,
      path: [...(pods?.path ?? []), ...path],
      isOf: (wanted: Versionable) => wanted === kind,
    })),
    // What pods name is known; nothing else in their template is a reference.
    ...places
      .filter((place) => names.has(place.text) && !isInPods(place))
      .map(({ text, path }) => ({
        by,
        name: text,
        path,
        isOf: (kind: Versionable) => isReference(by, kind, path),
      })),
    ...places
      .filter(({ path }) => isText(object, pods, path))
      .flatMap(({ text, path }) =>
        wordsOf(text, names).map((name) => ({
          by,
          name,
          path,
          isOf: (kind: Versionable) => mentions(text, kind, name) && !isHost(by, text, path, name),
        })),
      ),
  ];
}

/** Those of the names that are words of a text. */
const wordsOf = (text: string, names: ReadonlySet<string>): string[] => [
  ...new Set(
    [...text.matchAll(/[A-Za-z0-9._-]+/g)]
      .map(([word]) => word.replace(/\.+$/, ""))
      .filter((word) => names.has(word)),
  ),
];

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
function mentions(text: string, kind: Versionable, name: string): boolean {
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
