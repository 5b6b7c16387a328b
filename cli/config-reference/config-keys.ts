import { z } from "zod";
import { configSchema } from "../../protocol/config/config-schema.ts";
import type { Notes } from "../../protocol/config/key-notes.ts";

/** The part of JSON Schema that the config needs, with our own notes. */
export interface JsonSchema extends Notes {
  readonly type?: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A key of config, or of an object in it. */
export interface ConfigKey {
  /** The full path, such as `app.warmUp.paths`. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** Every top key of the config, in the order of the schema. */
export function topKeys(): readonly ConfigKey[] {
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as unknown as JsonSchema;
  return keysIn(schema, "");
}

/** The forms that a value may have: one, or as many as there are modes. */
export const formsOf = (schema: JsonSchema): readonly JsonSchema[] =>
  (schema.oneOf ?? schema.anyOf ?? [schema]).filter(({ type }) => type !== "null");

export const isNullable = ({ anyOf = [] }: JsonSchema): boolean => anyOf.some(({ type }) => type === "null");

/** The keys of an object, or of the objects in a list. */
export function keysIn(schema: JsonSchema, path: string): readonly ConfigKey[] {
  if (schema.items?.properties) return keysIn(schema.items, `${path}[]`);
  return Object.entries(schema.properties ?? {}).map(([key, each]) => ({
    path: path === "" ? key : `${path}.${key}`,
    schema: each,
    isRequired: schema.required?.includes(key) ?? false,
  }));
}

/** All keys below this one, each before those below it. */
export const keysBelow = (form: JsonSchema, path: string): readonly ConfigKey[] =>
  keysIn(form, path).flatMap((key) => [
    key,
    ...formsOf(key.schema).flatMap((each) => keysBelow(each, key.path)),
  ]);

/**
 * The example for a form of a value, composed of the examples of its keys where it has none itself.
 */
export function exampleOf(form: JsonSchema): unknown {
  if (form.example !== undefined) return form.example;
  if (form.items) return [exampleOf(form.items)];
  return Object.fromEntries(
    Object.entries(form.properties ?? {}).map(([key, each]) => [
      key,
      each.example === undefined ? exampleOf(formsOf(each)[0] ?? each) : each.example,
    ]),
  );
}
