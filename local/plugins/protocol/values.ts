// Property values as they travel between the engine and a provider, and their form inside
// of a plugin.
import { isUnknownSentinel, SIGNATURE_KEY, SIGNATURES, UNKNOWN_SENTINEL } from "./signatures.ts";

/** A value that must not be shown; encrypted in the state. */
export class Secret {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** A value that is not known yet: only in previews. */
export class Unknown {
  readonly unknown = true;
}

/** The one unknown value. */
export const UNKNOWN = new Unknown();

/** An asset or archive, passed through as the program gave it. */
export class Attachment {
  readonly kind: "asset" | "archive";
  readonly properties: Properties;

  constructor(kind: "asset" | "archive", properties: Properties) {
    this.kind = kind;
    this.properties = properties;
  }
}

/** Any property value. */
export type Value = null | boolean | number | string | Value[] | Properties | Secret | Unknown | Attachment;

/** A map of properties. */
export interface Properties {
  [key: string]: Value;
}

/** Any value on the wire. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A map on the wire. */
export interface JsonObject {
  [key: string]: Json;
}

/** True for a plain map of properties (no secret, unknown, array or attachment). */
export function isProperties(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown) &&
    !(value instanceof Attachment)
  );
}

/** Reads the wire form. Undefined entries and an absent struct are empty. */
export function decode(wire: unknown): Value {
  if (wire === null || wire === undefined) return null;
  if (typeof wire === "boolean" || typeof wire === "number") return wire;
  if (typeof wire === "string") return isUnknownSentinel(wire) ? UNKNOWN : wire;
  if (Array.isArray(wire)) return wire.map(decode);
  if (typeof wire !== "object") throw new TypeError(`Cannot decode a property of type ${typeof wire}`);
  const entries = Object.entries(wire);
  const signature: unknown = Object.fromEntries(entries)[SIGNATURE_KEY];
  if (signature === undefined) return Object.fromEntries(entries.map(([key, value]) => [key, decode(value)]));
  const rest = Object.fromEntries(entries.filter(([key]) => key !== SIGNATURE_KEY));
  if (signature === SIGNATURES.secret) return new Secret(decode(rest["value"]));
  if (signature === SIGNATURES.asset || signature === SIGNATURES.archive) {
    const kind = signature === SIGNATURES.asset ? "asset" : "archive";
    return new Attachment(kind, decodeProperties(rest));
  }
  if (signature === SIGNATURES.output) {
    const value = "value" in rest ? decode(rest["value"]) : UNKNOWN;
    return rest["secret"] === true ? new Secret(value) : value;
  }
  if (signature === SIGNATURES.resource) return decode(rest["id"] ?? rest["urn"]);
  throw new TypeError(`Cannot decode a property with the signature ${String(signature)}`);
}

/** Reads the wire form of a map. */
export function decodeProperties(wire: unknown): Properties {
  const value = decode(wire ?? {});
  return isProperties(value) ? value : {};
}

/** Writes the wire form. */
export function encode(value: Value): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof Secret) return { [SIGNATURE_KEY]: SIGNATURES.secret, value: encode(value.value) };
  if (value instanceof Unknown) return UNKNOWN_SENTINEL;
  if (value instanceof Attachment) {
    return { [SIGNATURE_KEY]: SIGNATURES[value.kind], ...encodeProperties(value.properties) };
  }
  return encodeProperties(value);
}

/** Writes the wire form of a map. */
export function encodeProperties(properties: Properties): JsonObject {
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [key, encode(value)]));
}

/** Takes the secret wrappings off, at every depth. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isProperties(value)) return revealProperties(value);
  return value;
}

/** Takes the secret wrappings off a map, at every depth. */
export function revealProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
}

/** True when an unknown stands anywhere in it. */
export function hasUnknown(value: Value): boolean {
  return some(value, (part) => part instanceof Unknown);
}

/** True when a secret stands anywhere in it. */
export function hasSecret(value: Value): boolean {
  return some(value, (part) => part instanceof Secret);
}

function some(value: Value, test: (part: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (value instanceof Attachment) return some(value.properties, test);
  if (Array.isArray(value)) return value.some((part) => some(part, test));
  return isProperties(value) && Object.values(value).some((part) => some(part, test));
}
