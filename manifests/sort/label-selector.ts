import { isJsonObject, type Json } from "../../release/release.ts";

/**
 * Whether a LabelSelector (`matchLabels`, `matchExpressions`) finds these labels. One that asks for
 * nothing finds everything; one that is not there finds nothing.
 */
export function matchesLabels(selector: Json | undefined, labels: Json | undefined): boolean {
  if (!isJsonObject(selector)) return false;
  const given = isJsonObject(labels) ? labels : {};
  const wanted = isJsonObject(selector["matchLabels"]) ? Object.entries(selector["matchLabels"]) : [];
  const expressions = Array.isArray(selector["matchExpressions"]) ? selector["matchExpressions"] : [];
  return (
    wanted.every(([key, value]) => given[key] === value) &&
    expressions.every((expression: Json) => {
      if (!isJsonObject(expression)) return false;
      const { key, operator, values } = expression;
      const value = given[String(key)];
      const isAmong = Array.isArray(values) && value !== undefined && values.includes(value);
      if (operator === "In") return isAmong;
      if (operator === "NotIn") return !isAmong;
      return operator === "Exists" ? value !== undefined : value === undefined;
    })
  );
}
