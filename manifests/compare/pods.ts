import { COLOUR_VARIABLE, VERSION_VARIABLE } from "../../protocol/names.ts";
import { canonical, isJsonObject, type Json } from "../../release/release.ts";
import type { VersionObjects } from "../version-objects.ts";
import { differences, type Difference, type Step } from "./differences.ts";
import { describeVariable, withSimpleVariables } from "./variables.ts";
import { describeDifference, sentence, shown } from "./words.ts";

/** Digits that prepare appends to the name of a version's own ConfigMap or Secret. */
const SUFFIX = /-[0-9a-f]{8}$/;

/** The name in the files of a version's own ConfigMap or Secret. */
export const nameInFiles = (name: string): string => name.replace(SUFFIX, "");

/** Variables that differ between any two versions, and say nothing that the release does not. */
const OF_VERSION = [COLOUR_VARIABLE, VERSION_VARIABLE];

/** Variables of a login, which is another one for the other colour. */
const OF_LOGIN = ["PGUSER", "PGPASSWORD"];

const LISTS: Readonly<Record<string, string>> = { containers: "container", initContainers: "init container" };

/** What differs between the Deployments of two versions. */
export function podChanges(before: VersionObjects, after: VersionObjects): string[] {
  const size = differences(before.web.replicas, after.web.replicas, [{ key: "replicas", isItem: false }]);
  const spec = differences(before.web.spec, after.web.spec);
  const pods = differences(templateOf(before), templateOf(after));
  return [
    ...[...size, ...spec].map(describeDifference),
    ...pods.filter((difference) => !isOfVersion(difference)).map(describePods),
  ];
}

/** The template with ConfigMaps and Secrets under the names that the files have. */
function templateOf({ web, versioned }: VersionObjects): Json {
  const names = new Set(versioned.map(({ metadata }) => metadata.name));
  const renamed = (value: Json, key: string): Json => {
    if (Array.isArray(value)) return value.map((one: Json) => renamed(one, ""));
    if (isJsonObject(value)) {
      const fields = Object.entries(value).map(([inner, one]) => [inner, renamed(one, inner)] as const);
      return withSimpleVariables(Object.fromEntries(fields));
    }
    const isName = (key === "name" || key === "secretName") && typeof value === "string" && names.has(value);
    return isName ? nameInFiles(value) : value;
  };
  return renamed(web.template, "");
}

function isOfVersion({ path, before, after }: Difference): boolean {
  const variable = variableOf(path);
  if (variable === undefined) return false;
  if (OF_VERSION.includes(variable)) return before !== undefined && after !== undefined;
  const withoutColour = (value: Json | undefined) => canonical(value).replace(/blue|green/g, "");
  return OF_LOGIN.includes(variable) && withoutColour(before) === withoutColour(after);
}

/** The variable that a path leads into. */
function variableOf(path: readonly Step[]): string | undefined {
  const at = path.findIndex(({ key, isItem }) => key === "env" && !isItem);
  return at < 0 ? undefined : path[at + 1]?.key;
}

/** As in `container web: readinessProbe.httpGet.path "/a" → "/b"`. */
function describePods(difference: Difference): string {
  const { path, before, after } = difference;
  const [, part, item, field, ...rest] = path;
  const list = part && LISTS[part.key];
  if (list === undefined || !item)
    return `pods: ${describeDifference({ ...difference, path: path.slice(1) })}`;
  const title = `${list} ${item.key}`;
  if (field?.key === "env") return `${title}: ${describeVariable({ ...difference, path: rest })}`;
  if (field) return `${title}: ${describeDifference({ ...difference, path: path.slice(3) })}`;
  return sentence(
    title,
    before === undefined ? undefined : "",
    after === undefined ? undefined : imageOf(after),
  );
}

const imageOf = (container: Json): string => {
  const image = isJsonObject(container) ? container["image"] : undefined;
  return shown(image, []) ?? "";
};
