// Inputs in the form in which the API server keeps them, so that equal wishes compare as equal.
import { isOwnKind } from "./kinds.ts";
import { gvkOf, without } from "./objects.ts";
import { hasUnknown, isProperties, type Properties, type Value } from "../../protocol/values.ts";

const READ_ONLY = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * A copy without read-only metadata; for Kubernetes' own kinds also without nulls, a Secret's texts
 * as data, and base64 without breaks.
 */
export function normalise(inputs: Properties): Properties {
  let object = inputs;
  const gvk = gvkOf(inputs);
  if (!hasUnknown(inputs) && isOwnKind(gvk)) {
    object = withoutNulls(object);
    if (gvk.group === "" && gvk.kind === "Secret") object = normaliseSecret(object);
    if (gvk.group === "" && gvk.kind === "ConfigMap") object = withCanonicalBase64(object, "binaryData");
  }
  for (const field of READ_ONLY) object = without(object, "metadata", field);
  return object;
}

function withoutNulls(object: Properties): Properties {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, cleanValue(value)]));
}

function cleanValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(cleanValue);
  return isProperties(value) ? withoutNulls(value) : value;
}

function normaliseSecret(secret: Properties): Properties {
  const object = withCanonicalBase64(secret, "data");
  const data = isProperties(object["data"]) ? object["data"] : {};
  const texts = isProperties(secret["stringData"]) ? secret["stringData"] : {};
  if (Object.keys(texts).length === 0 || !Object.values(texts).every((value) => typeof value === "string"))
    return object;
  const encoded = Object.entries(texts).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...without(object, "stringData"), data: { ...data, ...Object.fromEntries(encoded) } };
}

/** How the API server returns binary values, whatever line breaks there were in a file. */
function withCanonicalBase64(object: Properties, field: "data" | "binaryData"): Properties {
  const values = object[field];
  if (!isProperties(values) || Object.keys(values).length === 0) return object;
  const entries = Object.entries(values).map(([key, value]) => [key, canonicalBase64(value)] as const);
  return { ...object, [field]: Object.fromEntries(entries) };
}

function canonicalBase64(value: Value): Value {
  if (typeof value !== "string") return value;
  const compact = value.replaceAll(/[\r\n]/g, "");
  const again = Buffer.from(compact, "base64").toString("base64");
  return again === compact ? again : value;
}
