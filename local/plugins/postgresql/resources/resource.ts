// The shape of a resource type as the bridge from Terraform knows it: typed attributes with a few
// rules, and four verbs.
import type { Server } from "../server.ts";
import type { Properties, Value } from "../../protocol/values.ts";

/** The rules for one attribute. */
export interface Attribute {
  readonly type: "string" | "bool" | "int" | "set" | "list";
  readonly required?: boolean;
  /** The server fills it in when the program does not. */
  readonly computed?: boolean;
  /** A change makes the resource a new one. */
  readonly forceNew?: boolean;
  readonly default?: Value;
  readonly sensitive?: boolean;
  /** Never recorded, never compared. */
  readonly writeOnly?: boolean;
  readonly oneOf?: readonly string[];
  readonly atLeast?: number;
  readonly conflictsWith?: readonly string[];
  readonly requiredWith?: readonly string[];
}

/** Values of a resource by attribute, without secrets and unknowns. */
export type Values = Properties;

/** What was found in the server. */
export interface Found {
  readonly id: string;
  readonly values: Values;
}

/** A type of resource: its attributes and its verbs. */
export interface ResourceType {
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** True when a missing `name` is made up. */
  readonly autonamed: boolean;
  /** True when a replacement deletes the old one first, whatever its name. */
  readonly deleteBeforeReplace?: boolean;
  create(server: Server, wanted: Values): Promise<string>;
  /** Undefined when it is not there (any more). */
  read(server: Server, id: string, recorded: Values): Promise<Found | undefined>;
  /** Absent where every change makes a new one. */
  update?(server: Server, old: Values, wanted: Values): Promise<void>;
  delete(server: Server, recorded: Values): Promise<void>;
}

/** A text, or "" where there is none. */
export function textOf(values: Values, key: string): string {
  const value = values[key];
  return typeof value === "string" ? value : "";
}

/** True only for true. */
export function flagOf(values: Values, key: string): boolean {
  return values[key] === true;
}

/** A number, or 0 where there is none. */
export function numberOf(values: Values, key: string): number {
  const value = values[key];
  return typeof value === "number" ? value : 0;
}

/** A list of texts, empty where there is none. */
export function listOf(values: Values, key: string): string[] {
  const value = values[key];
  return Array.isArray(value) ? value.map(String) : [];
}

/** True when the two hold different values for any of the keys. */
export function changed(old: Values, wanted: Values, ...keys: string[]): boolean {
  return keys.some((key) => JSON.stringify(old[key] ?? null) !== JSON.stringify(wanted[key] ?? null));
}
