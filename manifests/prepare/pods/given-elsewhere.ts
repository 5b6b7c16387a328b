import type { EnvironmentVariable } from "../../../protocol/database-environment.ts";
import { configKey } from "../../../protocol/names.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../release/release.ts";
import type { Application } from "../../application.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { containersOf, objectsIn, type Container, type PodTemplate } from "./containers.ts";
import { toldOf, prepared, type Told } from "../told.ts";

/**
 * Refuses a variable of a colour's login that a container has from a whole ConfigMap or Secret
 * (`envFrom`) with another value: the one that is passed would take its place in silence, or not at
 * all.
 */
export function givenElsewhere(
  { web, versioned, shared }: Application,
  environment: readonly EnvironmentVariable[],
): Told {
  const objects = new Map([...versioned, ...shared].map((each) => [titleOf(each.object), each]));
  const template = valueAt(web.object, ["spec", "template"]) as PodTemplate;
  const found = containersOf(template).flatMap((container) =>
    sourcesOf(container, objects).flatMap(({ source, prefix }) =>
      environment.flatMap((variable) => differing(container, source, prefix, variable)),
    ),
  );
  return toldOf([prepared(null, { refusals: found })]);
}

/** An object whose keys are variables of a container. */
interface VariablesFrom {
  readonly source: ManifestObject;
  /** Stands before each key. */
  readonly prefix: string;
}

const sourcesOf = ({ object }: Container, objects: ReadonlyMap<string, ManifestObject>): VariablesFrom[] =>
  objectsIn(object["envFrom"]).flatMap((from) => {
    const names = [
      ["ConfigMap", valueAt(from, ["configMapRef", "name"])],
      ["Secret", valueAt(from, ["secretRef", "name"])],
    ] as const;
    return names.flatMap(([kind, name]) => {
      const source = objects.get(titleOf({ kind, metadata: { name: String(name) } }));
      return source ? [{ source, prefix: String(from["prefix"] ?? "") }] : [];
    });
  });

function differing(
  { title }: Container,
  { object, sourceOf }: ManifestObject,
  prefix: string,
  variable: EnvironmentVariable,
): Finding[] {
  if (!variable.name.startsWith(prefix)) return [];
  const key = variable.name.slice(prefix.length);
  const field = ["stringData", "data"].find((one) => valueAt(object, [one, key]) !== undefined);
  if (field === undefined) return [];
  const value = textOf(object, field, key);
  if ("value" in variable && value === variable.value) return [];
  return [
    {
      source: sourceOf([field, key]),
      text: `${titleOf(object)} gives ${variable.name} to ${title} by envFrom, and a release passes another value`,
      advice:
        "Take it out, as each colour has a login of its own; " +
        `or set ${configKey("database.logins")} to application, and the pods keep theirs`,
    },
  ];
}

function textOf(object: JsonObject, field: string, key: string): Json | undefined {
  const value = isJsonObject(object[field]) ? object[field][key] : undefined;
  const isEncoded = object["kind"] === "Secret" && field === "data";
  return isEncoded && typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : value;
}
