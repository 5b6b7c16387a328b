// What is recorded of an object: its live form, with the inputs it came from and how it is managed.
import { kindOf, text } from "./objects/objects.ts";
import {
  hasSecret,
  isProperties,
  revealProperties,
  Secret,
  type Properties,
  type Value,
} from "../protocol/values.ts";

const INPUTS = "__inputs";
const FIELD_MANAGER = "__fieldManager";
const INITIAL_API_VERSION = "__initialApiVersion";

/**
 * A copy of `values` in which everything is secret that is secret in `source`, and the data of
 * Secrets always.
 */
export function withSecrets(values: Properties, source: Properties): Properties {
  const result = { ...values };
  if (values["kind"] === "Secret") {
    for (const key of ["data", "stringData"]) {
      const value = result[key];
      if (value !== undefined && !(value instanceof Secret)) result[key] = new Secret(value);
    }
    return result;
  }
  for (const [key, wanted] of Object.entries(source)) {
    const value = result[key];
    if (value === undefined || value instanceof Secret) continue;
    if (isProperties(value) && isProperties(wanted)) result[key] = withSecrets(value, wanted);
    else if (hasSecret(wanted)) result[key] = new Secret(value);
  }
  return result;
}

/** The state of an object. `source` are the inputs as the program gave them, with secrets. */
export function checkpoint(
  inputs: Properties,
  live: Properties,
  source: Properties,
  management: { initialApiVersion: string; fieldManager: string },
): Properties {
  return {
    ...withTextSecrets(withSecrets(live, source), source),
    [INPUTS]: withSecrets(inputs, source),
    [INITIAL_API_VERSION]: management.initialApiVersion,
    [FIELD_MANAGER]: management.fieldManager,
  };
}

// The server turns stringData into data: what was secret there stays so.
function withTextSecrets(state: Properties, source: Properties): Properties {
  const data = state["data"];
  const isSecret = text(state, "apiVersion") === "v1" && kindOf(state) === "Secret";
  if (!isSecret || source["stringData"] === undefined || data === undefined || data instanceof Secret)
    return state;
  return { ...state, data: new Secret(data) };
}

/** The recorded parts of an object, without secrets. */
export interface Recorded {
  readonly inputs: Properties;
  readonly live: Properties;
}

/** Takes a state apart. */
export function readCheckpoint(state: Properties): Recorded {
  const { [INPUTS]: inputs, ...live } = revealProperties(state);
  return { inputs: isProperties(inputs) ? inputs : {}, live };
}

/** The field manager in a state, or undefined. */
export function recordedFieldManager(state: Properties): string | undefined {
  return textOrUndefined(state[FIELD_MANAGER]);
}

/** The API version an object was made with, or undefined. */
export function recordedApiVersion(state: Properties): string | undefined {
  return textOrUndefined(state[INITIAL_API_VERSION]);
}

function textOrUndefined(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
