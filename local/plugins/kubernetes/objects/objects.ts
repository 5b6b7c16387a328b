// Reading and changing Kubernetes objects as plain properties.
import { isProperties, type Properties, type Value } from "../../protocol/values.ts";
import { parseUrn } from "../../protocol/urn.ts";

/** What a kind is called in the API; the group of core kinds is empty. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The value at a path of keys, or undefined where a step is missing or no map. */
export function at(object: Value | undefined, ...path: string[]): Value | undefined {
  let current: Value | undefined = object;
  for (const key of path) {
    if (!isProperties(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** The text at a path, or "" where there is none. */
export function text(object: Value | undefined, ...path: string[]): string {
  const value = at(object, ...path);
  return typeof value === "string" ? value : "";
}

/** The number at a path, or undefined. */
export function number(object: Value | undefined, ...path: string[]): number | undefined {
  const value = at(object, ...path);
  return typeof value === "number" ? value : undefined;
}

/** The maps in the list at a path. */
export function maps(object: Value | undefined, ...path: string[]): Properties[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.filter(isProperties) : [];
}

/** The name, or "" before there is one. */
export function nameOf(object: Properties): string {
  return text(object, "metadata", "name");
}

/** The namespace, or "" where there is none. */
export function namespaceOf(object: Properties): string {
  return text(object, "metadata", "namespace");
}

/** The kind, or "". */
export function kindOf(object: Properties): string {
  return text(object, "kind");
}

/** An annotation, or "" where there is none. */
export function annotation(object: Properties, key: string): string {
  return text(object, "metadata", "annotations", key);
}

/** How often what is wished for has changed; 0 when nobody counts. */
export function generationOf(object: Properties): number {
  return number(object, "metadata", "generation") ?? 0;
}

/** A copy with the value at a path; maps on the way are made. */
export function withValue(object: Properties, path: readonly string[], value: Value): Properties {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = object[key];
  return { ...object, [key]: withValue(isProperties(inner) ? inner : {}, rest, value) };
}

/** A copy without the value at a path. */
export function without(object: Properties, ...path: string[]): Properties {
  const [key, ...rest] = path;
  if (key === undefined || !(key in object)) return object;
  if (rest.length === 0) return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  const inner = object[key];
  return isProperties(inner) ? { ...object, [key]: without(inner, ...rest) } : object;
}

/** Kind, group and version of an object. */
export function gvkOf(object: Properties): GroupVersionKind {
  const apiVersion = text(object, "apiVersion");
  const slash = apiVersion.indexOf("/");
  const group = slash === -1 ? "" : apiVersion.slice(0, slash);
  return {
    group: group === "core" ? "" : group,
    version: apiVersion.slice(slash + 1),
    kind: kindOf(object),
  };
}

/** Reads `kubernetes:apps/v1:Deployment`. Throws when the token is of another form. */
export function gvkOfUrn(urn: string): GroupVersionKind {
  const { type } = parseUrn(urn);
  const [name, module = "", kind = ""] = type.split(":");
  if (name !== "kubernetes") throw new Error(`unrecognized resource type: "${type}" for this provider`);
  const [group, version, ...rest] = module.split("/");
  if (group === undefined || version === undefined || rest.length > 0) {
    throw new Error(`apiVersion does not have both a group and a version: "${module}"`);
  }
  return { group: group === "core" ? "" : group, version, kind };
}

/** `v1`, `apps/v1`, … */
export function apiVersionOf(gvk: GroupVersionKind): string {
  return gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
}

/** The id of an object in the state: `namespace/name`, or `name` for what has no namespace. */
export function idOf(object: Properties): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

/** Takes an id apart; what has no namespace gets an empty one. */
export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** True when the object names the owner's uid among its owners. */
export function isOwnedBy(object: Properties, owner: Properties | undefined): boolean {
  const uid = text(owner, "metadata", "uid");
  return (
    uid !== "" && maps(object, "metadata", "ownerReferences").some((reference) => reference["uid"] === uid)
  );
}
