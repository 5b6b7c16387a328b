import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";
import type { Finding, KubeObject, ManifestObject } from "../kube-object.ts";
import type { Path } from "../pod-references.ts";
import { withoutServerFields } from "./server-fields.ts";
import { TEMPLATE_ADVICE, type YamlDocument } from "./yaml/yaml-document.ts";

/** The objects of a document: one, or those of a list. */
export function objectsOf(document: YamlDocument): {
  readonly objects: readonly ManifestObject[];
  readonly refusals: readonly Finding[];
} {
  const objects: ManifestObject[] = [];
  const refusals: Finding[] = [];
  for (const { value, path } of itemsOf(document.value, [])) {
    const sourceOf = (inner: Path) => document.sourceOf([...path, ...inner]);
    const problem = identityProblem(value, sourceOf([]).file);
    if (problem)
      refusals.push({ source: sourceOf(problem.path), text: problem.text, advice: problem.advice });
    else objects.push({ object: withoutServerFields(value as JsonObject) as KubeObject, sourceOf });
  }
  return { objects, refusals };
}

interface Item {
  readonly value: Json;
  readonly path: Path;
}

/** A value itself, or the items of a list; without a kind of their own they have the list's. */
function itemsOf(value: Json, path: Path): Item[] {
  if (!isJsonObject(value)) return [{ value, path }];
  const { apiVersion, kind, items } = value;
  if (typeof kind !== "string" || !kind.endsWith("List")) return [{ value, path }];
  if (!Array.isArray(items)) return kind === "List" && items === null ? [] : [{ value, path }];
  return items.flatMap((item: Json, index) => {
    const inner = [...path, "items", index];
    const own =
      kind === "List" ? {} : { apiVersion: apiVersion ?? null, kind: kind.slice(0, -"List".length) };
    return itemsOf(isJsonObject(item) ? { ...own, ...item } : item, inner);
  });
}

interface Problem {
  readonly path: Path;
  readonly text: string;
  readonly advice: string;
}

/** Why a value is no object of Kubernetes, by what every one of them has. */
function identityProblem(value: Json, file: string): Problem | null {
  const refuse = (path: Path, text: string, advice: string): Problem => ({ path, text, advice });
  if (!isJsonObject(value))
    return refuse(
      [],
      `This is ${Array.isArray(value) ? "a list" : "a text"}, and no object of Kubernetes`,
      "Leave it out; a message that a tool printed among its objects ends up so",
    );
  const { apiVersion, kind, metadata } = value;
  for (const [name, part] of Object.entries({ apiVersion: apiVersion ?? null, kind: kind ?? null })) {
    if (typeof part === "string" && part !== "") continue;
    return refuse(
      part === null ? [] : [name],
      part === null ? `This object has no ${name}` : `${name} must be text`,
      part === null ? otherFile(value, file) : "Put it in quotes",
    );
  }
  if (typeof apiVersion !== "string" || typeof kind !== "string") return null;
  if (!isJsonObject(metadata))
    return refuse(["metadata"], `This ${kind} has no metadata`, "Write metadata with a name");
  const { name, generateName } = metadata;
  if (name === undefined || name === null || name === "")
    return refuse(
      ["metadata"],
      `This ${kind} has no metadata.name`,
      generateName === undefined ? "Write its name" : "Write its name in place of generateName",
    );
  if (typeof name !== "string")
    return refuse(["metadata", "name"], `The name of this ${kind} must be text`, "Put it in quotes");
  return null;
}

/** What a file without apiVersion or kind probably is. */
function otherFile(value: JsonObject, file: string): string {
  if (isJsonObject(value.services) || typeof value.version === "string")
    return "It looks like a file of Docker Compose; Kubernetes' objects are needed";
  if (/(^|\/)values[^/]*$/.test(file) || value.replicaCount !== undefined)
    return `It looks like the values of a chart. ${TEMPLATE_ADVICE}`;
  if (Array.isArray(value.resources))
    return "It looks like a kustomization; render it with `kubectl kustomize`";
  return "Write it, or keep files that are no objects out of the folder";
}
