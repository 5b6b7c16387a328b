import { isJsonObject, type Json, type JsonObject } from "../../../release/release.ts";
import { builtInKind } from "../../built-in-kinds.ts";
import type { KubeObject } from "../../kube-object.ts";
import type { Path } from "../../pod-references.ts";
import { CHOICES, LIST_KEYS, PATTERNS, REQUIRED, type Pattern } from "./field-rules.ts";
import type { Fields, FieldType, FieldTypes } from "./field-types.ts";
import { HTTP_ROUTE_VERSIONS } from "./http-route-types.ts";
import { nearest } from "./nearest.ts";

/** What is wrong with a field. */
export interface FieldProblem {
  /** Where it stands in the object. */
  readonly path: Path;
  readonly text: string;
  readonly advice: string;
}

/** Name of the type of an object's kind; undefined where its fields are not known. */
export function typeNameOf({
  apiVersion,
  kind,
}: Pick<KubeObject, "apiVersion" | "kind">): string | undefined {
  if (kind === "HTTPRoute" && HTTP_ROUTE_VERSIONS.includes(apiVersion)) return kind;
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  return builtInKind({ apiVersion, kind }) && `V${version.slice(1)}${kind}`;
}

/**
 * Compares an object with what the API server takes: unknown fields, values of other types,
 * missing ones, entries of a list that stand for the same. Values are never repeated, as they may
 * be secret.
 */
export function checkFields(object: KubeObject, types: FieldTypes): FieldProblem[] {
  const name = typeNameOf(object);
  return name === undefined ? [] : problemsOf({ is: "object", name }, object, [], { types, around: [] });
}

/** The types that are known, and those of the objects around a place. */
interface Context {
  readonly types: FieldTypes;
  readonly around: readonly { readonly path: Path; readonly fields: Fields }[];
}

function problemsOf(type: FieldType, value: Json, path: Path, context: Context): FieldProblem[] {
  // The API server takes null for a field that is not there.
  if (value === null || type.is === "any") return [];
  if (type.is === "list")
    return Array.isArray(value)
      ? [
          ...value.flatMap((item: Json, index) =>
            item === null
              ? [{ path: [...path, index], text: "is an empty entry", advice: "Remove the dash" }]
              : problemsOf(type.of, item, [...path, index], context),
          ),
          ...repeated(type.of, value, path),
        ]
      : [mustBe(path, "a list", value)];
  if (type.is === "map")
    return isJsonObject(value)
      ? Object.entries(value).flatMap(([key, one]) => problemsOf(type.of, one, [...path, key], context))
      : [mustBe(path, "a mapping", value)];
  if (type.is === "object") {
    const fields = context.types(type.name);
    if (!fields) return [];
    return isJsonObject(value)
      ? objectProblems(type.name, fields, value, path, context)
      : [mustBe(path, "a mapping", value)];
  }
  return scalarProblems(type.is, value, path);
}

function objectProblems(
  name: string,
  fields: Fields,
  value: JsonObject,
  path: Path,
  context: Context,
): FieldProblem[] {
  const inner: Context = { ...context, around: [...context.around, { path, fields }] };
  const problems = Object.entries(value).flatMap(([key, one]) => {
    const type = fields.get(key);
    if (!type) return [unknown(key, fields, path, context)];
    const choices = CHOICES[`${name}.${key}`];
    if (choices && typeof one === "string" && !choices.includes(one))
      return [
        {
          path: [...path, key],
          text: `must be one of ${choices.join(", ")}`,
          advice: choiceAdvice(one, choices),
        },
      ];
    const pattern = PATTERNS[`${name}.${key}`];
    return [
      ...problemsOf(type, one, [...path, key], inner),
      ...(pattern ? misspelt(pattern, one, [...path, key]) : []),
    ];
  });
  const missing = (REQUIRED[name] ?? []).filter((key) => value[key] === undefined || value[key] === null);
  return [
    ...problems,
    ...missing.map((key) => ({ path: [...path, key], text: "is missing", advice: `Write \`${key}\`` })),
  ];
}

/** Texts of another form than Kubernetes takes: the value itself, or those of a mapping. */
function misspelt({ test, rule }: Pattern, value: Json, path: Path): FieldProblem[] {
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, one]) => misspelt({ test, rule }, one, [...path, key]));
  return typeof value === "string" && !test.test(value)
    ? [{ path, text: `must be ${rule}`, advice: "Write it so" }]
    : [];
}

const choiceAdvice = (value: string, choices: readonly string[]): string => {
  const meant = nearest(value, choices);
  return meant === undefined ? "" : `Did you mean ${meant}?`;
};

/** An unknown field: a typo, or one that belongs a level up or down. */
function unknown(key: string, fields: Fields, path: Path, { types, around }: Context): FieldProblem {
  const text = "is no field that Kubernetes knows";
  const at = [...path, key];
  const meant = nearest(key, fields.keys());
  if (meant !== undefined) return { path: at, text, advice: `Did you mean ${meant}?` };
  const outer = around.findLast((one) => one.fields.has(key));
  if (outer)
    return {
      path: at,
      text,
      advice: `It belongs to ${placeOf([...outer.path, key])}: check the indentation`,
    };
  for (const [name, type] of fields) {
    const inside = type.is === "object" ? types(type.name) : undefined;
    if (inside?.has(key))
      return {
        path: at,
        text,
        advice: `It belongs to ${placeOf([...path, name, key])}: check the indentation`,
      };
  }
  return { path: at, text, advice: "Remove it" };
}

function scalarProblems(
  is: "text" | "boolean" | "number" | "integer" | "text or integer" | "quantity" | "base64",
  value: Json,
  path: Path,
): FieldProblem[] {
  const isInteger = Number.isInteger(value);
  switch (is) {
    case "text":
      return typeof value === "string" ? [] : [mustBe(path, "text", value)];
    case "boolean":
      return typeof value === "boolean" ? [] : [mustBe(path, "true or false", value)];
    case "number":
      return typeof value === "number" ? [] : [mustBe(path, "a number", value)];
    case "integer":
      return isInteger ? [] : [mustBe(path, "a whole number", value)];
    case "text or integer":
      return typeof value === "string" || isInteger ? [] : [mustBe(path, "text or a whole number", value)];
    case "quantity":
      if (typeof value === "number" || (typeof value === "string" && QUANTITY.test(value))) return [];
      return [
        {
          path,
          text: "must be an amount as Kubernetes writes it",
          advice: "Write it like `250m`, `0.5`, `128Mi` or `1Gi`",
        },
      ];
    case "base64":
      if (typeof value !== "string") return [mustBe(path, "text in base64", value)];
      if (isBase64(value)) return [];
      return [
        {
          path,
          text: "must be text in base64",
          advice: "Write `stringData` in place of `data` where the text is meant as it stands",
        },
      ];
  }
}

const QUANTITY = /^[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** As Go's decoder takes it: padded, with line breaks anywhere. */
const isBase64 = (text: string): boolean => {
  const joined = text.replace(/[\r\n]/g, "");
  return joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined);
};

function mustBe(path: Path, what: string, value: Json): FieldProblem {
  const is = Array.isArray(value)
    ? "a list"
    : isJsonObject(value)
      ? "a mapping"
      : typeof value === "string"
        ? "text"
        : typeof value === "boolean"
          ? "a boolean (as `yes`, `on` and `true` are without quotes)"
          : "a number";
  const scalar = !Array.isArray(value) && !isJsonObject(value);
  const quote = scalar && what.startsWith("text") && typeof value !== "string";
  const unquote = typeof value === "string" && what !== "a list" && what !== "a mapping";
  return {
    path,
    text: `must be ${what}, and is ${is}`,
    advice: quote ? "Put it in quotes" : unquote ? "Write it without quotes" : "",
  };
}

/** Entries of a list that the API server would merge by a key that they have in common. */
function repeated(of: FieldType, list: readonly Json[], path: Path): FieldProblem[] {
  const keys = of.is === "object" ? LIST_KEYS[of.name] : undefined;
  if (!keys) return [];
  const seen = new Map<string, number>();
  return list.flatMap((item, index) => {
    if (!isJsonObject(item)) return [];
    const values = keys.map(([key, otherwise]) => item[key] ?? otherwise);
    if (values.includes(undefined)) return [];
    const id = values.join("/");
    const first = seen.get(id);
    seen.set(id, first ?? index);
    if (first === undefined) return [];
    return [
      {
        path: [...path, index],
        text: `has the same ${keys.map(([key]) => key).join(" and ")} (${id}) as ${placeOf([...path, first])}`,
        advice: "Keep one of them: server-side apply refuses both",
      },
    ];
  });
}

/** A path for people: `spec.containers[0].image`. */
export const placeOf = (path: Path): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === "number"
        ? `${text}[${key}]`
        : /^[A-Za-z][\w-]*$/.test(key)
          ? `${text}${text === "" ? "" : "."}${key}`
          : `${text}[${JSON.stringify(key)}]`,
    "",
  );
