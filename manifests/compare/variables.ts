import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";
import type { Difference } from "./differences.ts";
import { sentence, shown } from "./words.ts";

/**
 * A container whose variables have one field each: the value, or where it is from, as a list of one
 * text.
 */
export function withSimpleVariables(container: JsonObject): JsonObject {
  const { env } = container;
  if (!Array.isArray(env)) return container;
  const variables = env.map((variable: Json) => {
    if (!isJsonObject(variable)) return variable;
    const { name, value, valueFrom } = variable;
    return { name: name ?? "", is: isJsonObject(valueFrom) ? [sourceText(valueFrom)] : (value ?? "") };
  });
  return { ...container, env: variables };
}

/** As in `key url of Secret database`. */
function sourceText(source: JsonObject): string {
  const { secretKeyRef, configMapKeyRef } = source;
  const reference = secretKeyRef ?? configMapKeyRef;
  if (!isJsonObject(reference)) return JSON.stringify(source);
  const { name, key, optional } = reference;
  const kind = secretKeyRef ? "Secret" : "ConfigMap";
  return `key ${String(key)} of ${kind} ${String(name)}${optional === true ? ", if there is one" : ""}`;
}

/** A difference in such variables: its path begins with the variable's name. */
export function describeVariable({ path, before, after, isOrder }: Difference): string {
  const [variable] = path;
  if (!variable || isOrder) return "variables in another order";
  const textOf = (value: Json | undefined) => {
    const is = isJsonObject(value) ? value["is"] : value;
    return Array.isArray(is) ? String(is[0]) : shown(is, path);
  };
  return sentence(`variable ${variable.key}`, textOf(before), textOf(after));
}
