import { isProperties, type Properties, type Value } from "../protocol/values.ts";

/** The live object cut down to the shape of the inputs it came from: what the program can have an opinion on. */
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
