// Who owns which fields of an object (server-side apply).
import { PATCH_FIELD_MANAGER } from "./annotations.ts";
import { recordedFieldManager } from "../checkpoint.ts";
import { annotation, at, maps, text, without, withValue } from "./objects.ts";
import { parsePath } from "../../protocol/property-path.ts";
import { uniqueName } from "../../protocol/unique-name.ts";
import { isProperties, type Properties, type Value } from "../../protocol/values.ts";

/** Under which name a plain create writes; the first apply takes its fields over. */
export const CREATE_MANAGER = "pulumi-kubernetes";

/**
 * The name to apply under: the annotation's, else the recorded one, else a new one with a
 * random suffix.
 */
export function fieldManagerOf(state: Properties, inputs: Properties): string {
  return (
    annotation(inputs, PATCH_FIELD_MANAGER) ||
    (recordedFieldManager(state) ?? uniqueName(new Uint8Array(), "pulumi-kubernetes-"))
  );
}

// Managers whose fields an apply takes over, told by the start of their name.
const TAKEN_OVER = [
  { name: "kubectl", operation: "Apply" },
  { name: "kubectl", operation: "Update" },
  { name: "before-first-apply", operation: "Update" },
  { name: CREATE_MANAGER, operation: "Update" },
  { name: "pulumi-resource-kubernetes", operation: "Update" },
];

/**
 * The managed fields after `manager` took over from kubectl and from plain creates; undefined when
 * nothing is to be done.
 */
export function takeOver(live: Properties, manager: string): Properties[] | undefined {
  const isTaken = (entry: Properties): boolean =>
    text(entry, "subresource") === "" &&
    TAKEN_OVER.some(
      ({ name, operation }) => text(entry, "manager").startsWith(name) && entry["operation"] === operation,
    );
  const isOurs = (entry: Properties): boolean =>
    entry["manager"] === manager && entry["operation"] === "Apply";
  const entries = maps(live, "metadata", "managedFields");
  const taken = entries.filter((entry) => isTaken(entry) && !isOurs(entry));
  const [first] = taken;
  if (first === undefined) return undefined;
  const ours = entries.find(isOurs) ?? { ...first, manager, operation: "Apply" };
  const fields = taken.map((entry) => fieldsOf(entry)).reduce(union, fieldsOf(ours));
  const others = entries.filter((entry) => !isTaken(entry) && !isOurs(entry));
  return [...others, { ...ours, fieldsV1: fields }];
}

/** True when the object was made by a plain create of this provider and not applied since. */
export function hasCreateManager(live: Properties): boolean {
  const names = new Set([CREATE_MANAGER, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"]);
  return maps(live, "metadata", "managedFields").some(
    (entry) => entry["operation"] === "Update" && names.has(text(entry, "manager")),
  );
}

/**
 * The inputs with `ignoreChanges` honoured: a field that only others manage is left out, any other
 * keeps its live value.
 */
export function withIgnored(
  inputs: Properties,
  live: Properties,
  manager: string,
  ignoreChanges: readonly string[],
): Properties {
  const entries = maps(live, "metadata", "managedFields");
  const ours = entries.filter((entry) => entry["manager"] === manager).map(fieldsOf);
  const theirs = entries.filter((entry) => entry["manager"] !== manager).map(fieldsOf);
  let result = inputs;
  for (const ignored of ignoreChanges) {
    const path = parsePath(ignored).map(String);
    const isIn = (fields: Properties): boolean => at(fields, ...path.map((key) => `f:${key}`)) !== undefined;
    const value = at(live, ...path);
    if (theirs.some(isIn) && !ours.some(isIn)) result = without(result, ...path);
    else if (value !== undefined) result = withValue(result, path, value);
  }
  return result;
}

function fieldsOf(entry: Properties): Properties {
  const fields = entry["fieldsV1"];
  return isProperties(fields) ? fields : {};
}

function union(a: Properties, b: Properties): Properties {
  const merge = (left: Value | undefined, right: Value): Value =>
    isProperties(left) && isProperties(right) ? union(left, right) : (left ?? right);
  return {
    ...a,
    ...Object.fromEntries(Object.entries(b).map(([key, value]) => [key, merge(a[key], value)])),
  };
}
