// Checking inputs the way that the bridge from Terraform does: defaults filled in, unknown and
// missing ones refused.
import type { Checked, CheckRequest, Failure } from "../protocol/provider.ts";
import { parseUrn } from "../protocol/urn.ts";
import { uniqueName } from "../protocol/unique-name.ts";
import {
  hasSecret,
  hasUnknown,
  isProperties,
  reveal,
  Secret,
  type Properties,
  type Value,
} from "../protocol/values.ts";
import type { Attribute, ResourceType } from "./resources/resource.ts";

/** The input that lists which of the others nobody gave. */
export const DEFAULTS = "__defaults";

/** Completes and checks the inputs of a resource. */
export function check(type: ResourceType, request: CheckRequest): Checked {
  const { name } = parseUrn(request.urn);
  const given = withoutAbsent(request.news);
  const defaults = defaultsFor(type, given, request);
  const inputs = { ...coerced(type, given), ...defaults };
  return {
    inputs: { ...inputs, [DEFAULTS]: Object.keys(defaults).sort() },
    failures: inputFailures(type, name, inputs),
  };
}

function withoutAbsent(news: Properties): Properties {
  const entries = Object.entries(news).filter(([key, value]) => value !== null && key !== DEFAULTS);
  return Object.fromEntries(entries);
}

function defaultsFor(type: ResourceType, given: Properties, request: CheckRequest): Properties {
  const defaults: Properties = {};
  for (const [key, attribute] of Object.entries(type.attributes)) {
    if (key in given) continue;
    if (key === "name" && type.autonamed) defaults[key] = autoname(request);
    else if (attribute.default !== undefined) defaults[key] = attribute.default;
  }
  return defaults;
}

// A name of our making is kept as long as nobody gives another.
function autoname({ olds, seed, urn, autonaming }: CheckRequest): Value {
  const earlier = olds[DEFAULTS];
  const old = olds["name"];
  if (Array.isArray(earlier) && earlier.includes("name") && old !== undefined) return old;
  if (autonaming === undefined) return uniqueName(seed, `${parseUrn(urn).name}-`, 7);
  if (autonaming.mode === "disable") {
    throw new Error("automatic naming is disabled but no explicit name was provided");
  }
  return autonaming.proposed;
}

// Programs in other languages, and settings, may send texts for what is a number or a truth value.
function coerced(type: ResourceType, given: Properties): Properties {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const kind = type.attributes[key]?.type;
      const text = reveal(value);
      if (typeof text !== "string") return [key, value];
      let plain: Value = text;
      if (kind === "bool" && (text === "true" || text === "false")) plain = text === "true";
      if (kind === "int" && /^-?\d+$/.test(text)) plain = Number(text);
      return [key, value instanceof Secret ? new Secret(plain) : plain];
    }),
  );
}

/** What is wrong with the inputs; what is not known yet passes. */
export function inputFailures(type: ResourceType, resource: string, inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  const refuse = (property: string, reason: string): void => {
    const full = `${reason}. Examine values at '${resource}.${property}'.`;
    // The engine shows the value of a property that is named here, also when it is secret.
    const secret = type.attributes[property]?.sensitive === true || hasSecret(inputs[property] ?? null);
    failures.push(secret ? { reason: full } : { property, reason: full });
  };
  for (const key of Object.keys(inputs)) {
    if (type.attributes[key] === undefined) refuse(key, "Invalid or unknown key");
  }
  for (const [key, attribute] of Object.entries(type.attributes)) {
    const value = inputs[key];
    if (value === undefined) {
      if (attribute.required === true) {
        const explanation = `The argument "${snake(key)}" is required, but no definition was found.`;
        refuse(key, `Missing required argument. ${explanation}`);
      }
      continue;
    }
    const reason = hasUnknown(value) ? undefined : problem(key, attribute, reveal(value));
    if (reason !== undefined) refuse(key, reason);
    const conflict = attribute.conflictsWith?.find((other) => inputs[other] !== undefined);
    if (conflict !== undefined) {
      refuse(key, `Conflicting configuration arguments. "${snake(key)}": conflicts with ${snake(conflict)}`);
    }
    const missing = attribute.requiredWith?.find((other) => inputs[other] === undefined);
    if (missing !== undefined) {
      const all = [key, ...(attribute.requiredWith ?? [])].map(snake).sort().join(",");
      refuse(key, `Missing required argument. "${snake(key)}": all of \`${all}\` must be specified`);
    }
  }
  return failures;
}

function problem(key: string, { type, oneOf, atLeast }: Attribute, value: Value): string | undefined {
  const name = snake(key);
  if (!hasType(type, value)) {
    const expected = { string: "String", bool: "Bool", int: "Int", set: "Set", list: "List" }[type];
    const shown = isProperties(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
    return `expected ${name} to be of type ${expected}, got ${shown}`;
  }
  if (oneOf !== undefined && typeof value === "string" && !oneOf.includes(value)) {
    return `expected ${name} to be one of [${oneOf.map((choice) => `"${choice}"`).join(" ")}], got ${value}`;
  }
  if (atLeast !== undefined && typeof value === "number" && value < atLeast) {
    return `expected ${name} to be at least (${atLeast}), got ${value}`;
  }
  return undefined;
}

function hasType(type: Attribute["type"], value: Value): boolean {
  switch (type) {
    case "string":
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "number" && Number.isInteger(value);
    case "set":
    case "list":
      return Array.isArray(value) && value.every((part) => typeof part === "string");
  }
}

// Terraform's own name of an attribute, which its messages use.
function snake(key: string): string {
  const renamed = key === "searchPaths" ? "searchPath" : key;
  return renamed.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
