import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";
import { isKind } from "../built-in-kinds.ts";
import { valueAt, type KubeObject } from "../kube-object.ts";
import type { Path } from "../pod-references.ts";

/** A pod template in an object. */
export interface FoundTemplate {
  readonly template: JsonObject;
  /** Where it is in the object. */
  readonly path: Path;
}

const PATHS: readonly Path[] = [
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
  ["template"],
];

/** The pods that an object makes, of whatever kind it is; undefined where it makes none. */
export function podTemplateOf(object: KubeObject): FoundTemplate | undefined {
  if (isKind(object, "Pod")) return { template: object, path: [] };
  for (const path of PATHS) {
    const template = valueAt(object, path);
    if (isJsonObject(template) && Array.isArray(valueAt(template, ["spec", "containers"])))
      return { template, path };
  }
  return undefined;
}

/** The labels of the pods that an object makes. */
export const podLabelsOf = (object: KubeObject): Json | undefined => {
  const found = podTemplateOf(object);
  return found && (valueAt(found.template, ["metadata", "labels"]) ?? {});
};
