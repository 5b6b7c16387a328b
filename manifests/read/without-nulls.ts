import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";
import type { KubeObject } from "../kube-object.ts";
import { typeNameOf } from "./checks/check-fields.ts";
import type { FieldType, FieldTypes } from "./checks/field-types.ts";

/**
 * An object of a known kind without the fields that are empty: `annotations:` with nothing after it
 * says nothing. A key of a ConfigMap, a label or a variable without a value has the empty text.
 */
export function withoutNulls(object: KubeObject, types: FieldTypes): KubeObject {
  const name = typeNameOf(object);
  if (name === undefined) return object;
  return { ...object, ...(clean({ is: "object", name }, object, types) as JsonObject) };
}

function clean(type: FieldType, value: Json, types: FieldTypes): Json {
  if (type.is === "list" && Array.isArray(value))
    return value.map((item: Json) => clean(type.of, item, types));
  if (!isJsonObject(value)) return value;
  if (type.is === "map")
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => {
        if (one !== null) return [[key, clean(type.of, one, types)]];
        return type.of.is === "text" ? [[key, ""]] : [];
      }),
    );
  const fields = type.is === "object" ? types(type.name) : undefined;
  if (!fields) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const inner = fields.get(key);
      if (one === null) return [];
      return [[key, inner ? clean(inner, one, types) : one]];
    }),
  );
}
