import { isProperties, type Properties, type Value } from "../protocol/values.ts";

/**
 * The live object cut down to the shape of the inputs it came from: what the program can have an
 * opinion on.
 */
export function prune(live: Properties, inputs: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(live)) {
    const wanted = inputs[key];
    if (wanted !== undefined) result[key] = pruneValue(value, wanted);
  }
  return result;
}

function pruneValue(value: Value, wanted: Value): Value {
  if (isProperties(value) && isProperties(wanted)) return prune(value, wanted);
  if (Array.isArray(value) && Array.isArray(wanted)) return pruneList(value, wanted);
  return value;
}

function pruneList(live: Value[], wanted: Value[]): Value[] {
  if (live.length === 0 || wanted.length === 0) return [];
  return wanted.slice(0, live.length).map((part, i) => pruneValue(live[i] ?? null, part));
}

/**
 * The pruned inputs with those put back that are empty and that the server therefore did not store:
 * nobody changed them. For Kubernetes' own kinds; custom resources keep what is empty.
 */
export function withEmptyInputs(pruned: Properties, inputs: Properties): Properties {
  const result = { ...pruned };
  for (const [key, wanted] of Object.entries(inputs)) {
    const value = pruned[key];
    if (value !== undefined) result[key] = withEmptyValue(value, wanted);
    else if (isEmpty(wanted)) result[key] = wanted;
  }
  return result;
}

function withEmptyValue(value: Value, wanted: Value): Value {
  if (isProperties(value) && isProperties(wanted)) return withEmptyInputs(value, wanted);
  if (!Array.isArray(value) || !Array.isArray(wanted)) return value;
  return value.map((part, i) => withEmptyValue(part, wanted[i] ?? null));
}

/** True for what Kubernetes leaves out of stored objects: false, 0, "", nothing in it. */
export function isEmpty(value: Value): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isProperties(value)) return Object.values(value).every(isEmpty);
  return value === null || value === false || value === 0 || value === "";
}
