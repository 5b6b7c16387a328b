import { HTTP_ROUTE_TYPES, type Attribute } from "./http-route-types.ts";

/** What a field of an object may hold. */
export type FieldType =
  | {
      readonly is:
        "text" | "boolean" | "number" | "integer" | "text or integer" | "quantity" | "base64" | "any";
    }
  | { readonly is: "object"; readonly name: string }
  | { readonly is: "list"; readonly of: FieldType }
  | { readonly is: "map"; readonly of: FieldType };

/** The fields of an object, by their names in YAML. */
export type Fields = ReadonlyMap<string, FieldType>;

/** What is known of the objects that stand in objects, by the names of their types. */
export type FieldTypes = (name: string) => Fields | undefined;

/**
 * Fields with an amount, which may be written as a number too. In the client's types they are
 * texts.
 */
const QUANTITIES = new Set([
  ...["limits", "requests"].flatMap((field) => [
    `V1ResourceRequirements.${field}`,
    `V1VolumeResourceRequirements.${field}`,
  ]),
  ...["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"].map(
    (one) => `V1LimitRangeItem.${one}`,
  ),
  "V1EmptyDirVolumeSource.sizeLimit",
  "V1PersistentVolumeSpec.capacity",
  "V1PodSpec.overhead",
  "V1ResourceFieldSelector.divisor",
  "V1ResourceQuotaSpec.hard",
  "V2MetricTarget.averageValue",
  "V2MetricTarget.value",
]);

/** Loads the types of Kubernetes' own objects; it takes a quarter of a second, once. */
export async function loadFieldTypes(): Promise<FieldTypes> {
  const client: Readonly<Record<string, unknown>> = await import("@kubernetes/client-node");
  const known = new Map<string, Fields | undefined>();
  const describe = (name: string): Fields | undefined => {
    const attributes = HTTP_ROUTE_TYPES[name] ?? attributesOf(client[name]);
    return (
      attributes &&
      new Map(
        attributes.map((field) => [
          field.baseName,
          typeOf(field, QUANTITIES.has(`${name}.${field.baseName}`)),
        ]),
      )
    );
  };
  return (name) => {
    if (!known.has(name)) known.set(name, describe(name));
    return known.get(name);
  };
}

function attributesOf(model: unknown): readonly Attribute[] | undefined {
  if (typeof model !== "function" || !("getAttributeTypeMap" in model)) return undefined;
  const { getAttributeTypeMap } = model as { readonly getAttributeTypeMap: () => readonly Attribute[] };
  return getAttributeTypeMap.call(model);
}

/** Reads what stands in the client's types: `Array<V1Container>`, `{ [key: string]: string; }`. */
function typeOf({ type, format }: Omit<Attribute, "baseName">, isQuantity: boolean): FieldType {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return { is: "list", of: typeOf({ type: item, format }, isQuantity) };
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) return { is: "map", of: typeOf({ type: value, format }, isQuantity) };
  if (isQuantity) return { is: "quantity" };
  if (type === "string") return { is: format === "byte" ? "base64" : "text" };
  if (type === "Date") return { is: "text" };
  if (type === "boolean") return { is: "boolean" };
  if (type === "number") return { is: format === "double" ? "number" : "integer" };
  if (type === "IntOrString") return { is: "text or integer" };
  if (type === "any") return { is: "any" };
  return { is: "object", name: type };
}
