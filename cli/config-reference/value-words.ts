import { formsOf, isNullable, type ConfigKey, type JsonSchema } from "./config-keys.ts";

/** What a value may be, in words: type, range and unit. */
export function valueWords(schema: JsonSchema): string {
  const words = formsOf(schema).map((form) => formWords({ ...form, ...notesOf(schema) }));
  return [...words, ...(isNullable(schema) ? ["`null`"] : [])].join(", or ");
}

const notesOf = ({ unit, rule }: JsonSchema) => ({
  ...(unit === undefined ? {} : { unit }),
  ...(rule === undefined ? {} : { rule }),
});

function formWords(form: JsonSchema): string {
  if (form.const !== undefined) return code(form.const);
  if (form.enum) return choice(form.enum.map(code));
  if (form.rule !== undefined && form.type !== "object") return form.rule;
  switch (form.type) {
    case "boolean":
      return "`true` or `false`";
    case "integer":
    case "number":
      return [
        form.type === "integer" ? "whole number" : "number",
        rangeOf(form),
        form.unit === undefined ? undefined : `in ${form.unit}`,
      ]
        .filter((part) => part !== undefined)
        .join(", ");
    case "array":
      return form.items?.properties
        ? "list of the objects below"
        : `list of: ${formWords({ ...form.items, ...notesOf(form) })}`;
    case "object":
      return form.properties
        ? "object"
        : `object of: ${form.additionalProperties ? formWords(form.additionalProperties) : "anything"}`;
    case "string":
      return "text";
    default:
      return form.anyOf ? choice(form.anyOf.map(innerWords)) : "anything";
  }
}

/** A form within others, whose keys have no lines of their own. */
const innerWords = (form: JsonSchema): string =>
  form.properties ? code(`{ ${Object.keys(form.properties).join(", ")} }`) : formWords(form);

const choice = (values: readonly string[]): string =>
  [values.slice(0, -1).join(", "), ...values.slice(-1)].filter((part) => part !== "").join(" or ");

/** The limits that zod states for an unlimited whole number. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string | undefined {
  const from =
    exclusiveMinimum !== undefined
      ? `above ${number(exclusiveMinimum)}`
      : minimum !== undefined && minimum > -UNLIMITED
        ? number(minimum)
        : undefined;
  const to =
    exclusiveMaximum !== undefined
      ? `below ${number(exclusiveMaximum)}`
      : maximum !== undefined && maximum < UNLIMITED
        ? number(maximum)
        : undefined;
  if (from === undefined) return to === undefined ? undefined : `at most ${to}`;
  if (to === undefined) return exclusiveMinimum === undefined ? `${from} or more` : from;
  return exclusiveMinimum === undefined && exclusiveMaximum === undefined
    ? `${from} to ${to}`
    : `${exclusiveMinimum === undefined ? `from ${from}` : from}, ${exclusiveMaximum === undefined ? `at most ${to}` : to}`;
}

const number = (value: number): string => value.toLocaleString("en-GB");

/** What applies where a key is left out. */
export function defaultWords({ schema, isRequired }: ConfigKey): string {
  if (isRequired) return "required";
  if (schema.otherwise !== undefined) return schema.otherwise;
  if (schema.default === undefined) return "none";
  return isToldBelow(schema) ? "as below" : code(JSON.stringify(schema.default));
}

/** Whether an object's default is just the defaults of its keys. */
const isToldBelow = (schema: JsonSchema): boolean =>
  formsOf(schema).some(
    ({ properties }) =>
      properties !== undefined &&
      Object.entries(schema.default as object).every(
        ([key, value]) => JSON.stringify(properties[key]?.default) === JSON.stringify(value),
      ),
  );

export const code = (text: string): string => `\`${text}\``;
