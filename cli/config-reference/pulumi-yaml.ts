import { stringify } from "yaml";
import { configKey } from "../../protocol/names.ts";
import { formsOf, topKeys, type ConfigKey, type JsonSchema } from "./config-keys.ts";

/** Pulumi.yaml with the config of the schema; what comes before that stays as it is. */
export function pulumiYaml(current: string): string {
  const at = /^config:$/m.exec(current)?.index;
  if (at === undefined) throw new Error("Cannot write the config into Pulumi.yaml as it has no line config:");
  const config = Object.fromEntries(topKeys().map((key) => [configKey(key.path), entryOf(key)]));
  return current.slice(0, at) + stringify({ config }, { lineWidth: 0 });
}

function entryOf({ path, schema, isRequired }: ConfigKey): object {
  const [form = schema] = formsOf(schema);
  const type = form.type ?? "string";
  const forms = formsOf(schema).flatMap(({ properties }) => (properties ? [Object.keys(properties)] : []));
  const keys = forms.map((each) => `{ ${each.join(", ")} }`).join(" or ");
  const about = (schema.description ?? "").replaceAll("`", "");
  const values = form.enum ? ` One of ${form.enum.join(", ")}.` : "";
  return {
    type,
    ...(form.items ? { items: { type: form.items.type ?? "string" } } : {}),
    ...(isRequired ? {} : { default: type === "object" ? {} : (schema.default ?? leastOf(form)) }),
    description: `${about}${values}${keys === "" ? "" : ` ${keys}; see docs/configuration.md#${path.toLowerCase()}.`}`,
  };
}

/**
 * The engine demands a value for every declared key; a config that leaves this one out never uses
 * it.
 */
function leastOf({ minimum }: JsonSchema): number {
  if (minimum === undefined)
    throw new Error("Cannot make up a value for an optional key without a least one");
  return minimum;
}
