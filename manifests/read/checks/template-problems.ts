import { isJsonObject, type Json } from "../../../release/release.ts";
import { isKind } from "../../built-in-kinds.ts";
import type { KubeObject } from "../../kube-object.ts";
import type { Path } from "../../pod-references.ts";
import type { FieldProblem } from "./check-fields.ts";
import { TEMPLATE_ADVICE } from "../yaml/yaml-document.ts";

const CHART_WORDS = /\{\{-?\s*(?:\.(?:Values|Release|Chart|Capabilities)\b|include\s+"|template\s+")/;

/**
 * Texts with words of a chart's templates in them, as in `name: "{{ .Release.Name }}"`. What
 * ConfigMaps and Secrets hold is the application's, templates and all.
 */
export function templateProblems(object: KubeObject): FieldProblem[] {
  const isContent = isKind(object, "ConfigMap") || isKind(object, "Secret");
  return Object.entries(object)
    .filter(([key]) => !isContent || !["data", "stringData"].includes(key))
    .flatMap(([key, value]) => templates(value, [key]))
    .map((path) => ({ path, text: "is a template that was not rendered", advice: TEMPLATE_ADVICE }));
}

function templates(value: Json | undefined, path: Path): Path[] {
  if (typeof value === "string") return CHART_WORDS.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => templates(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => templates(one, [...path, key]));
}
