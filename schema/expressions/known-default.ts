import type { ColumnFacts } from "../state/catalog.ts";
import { literal, sql, type Sql } from "../sql/sql.ts";

/**
 * What an insert that names no value stores in a column: `NULL`, or a text that the column's type
 * reads as that value. Null where it is not a constant, as of `now()` or `gen_random_uuid()`.
 */
export function knownDefault(column: ColumnFacts): Sql | null {
  const printed = column.default ?? column.typeDefault ?? null;
  if (column.generated || column.identity) return null;
  if (printed === null || /^NULL(::.+)?$/.test(printed)) return sql`NULL`;
  const text = constantText(printed, unmodified(column.type));
  return text === null ? null : literal(text);
}

const WHOLE = ["smallint", "integer", "bigint"];
const NUMBERS = [...WHOLE, "numeric", "real", "double precision"];
const TEXTS = ["text", "character varying"];

/**
 * The value of a constant as the catalog prints it. One of another type than the column's is taken
 * only where its text is the same in both; what else would become of it depends on a cast, and
 * perhaps on the session.
 */
function constantText(printed: string, type: string): string | null {
  if (/^(\d+|true|false)$/.test(printed)) return printed;
  if (/^\d+\.\d+$/.test(printed)) return NUMBERS.includes(type) && !WHOLE.includes(type) ? printed : null;
  const [, number, numberType = ""] = /^\((\d+(?:\.\d+)?)\)::(.+)$/.exec(printed) ?? [];
  if (number !== undefined) return unmodified(numberType) === type && NUMBERS.includes(type) ? number : null;
  const [, arrayType] = /^ARRAY\[\]::(.+)$/.exec(printed) ?? [];
  if (arrayType !== undefined) return unmodified(arrayType) === type ? "{}" : null;
  const [, quoted, quotedType = ""] = /^'((?:[^']|'')*)'::([^']+)$/.exec(printed) ?? [];
  if (quoted === undefined) return null;
  const of = unmodified(quotedType);
  const isSame = of === type || TEXTS.includes(of) || isNumber(quoted, of, type);
  return isSame ? quoted.replaceAll("''", "'") : null;
}

function isNumber(text: string, of: string, type: string): boolean {
  if (!NUMBERS.includes(of) || !NUMBERS.includes(type)) return false;
  return /^-?\d+$/.test(text) || (of === "numeric" && !WHOLE.includes(type));
}

/**
 * A type as the catalog prints it, without its length or precision, and under the name that
 * constants of it have.
 */
function unmodified(type: string): string {
  const name = type.replace(/\([^()]*\)/, "");
  return name.replace(/^character(?! varying)/, "bpchar").replace(/^"bit"/, "bit");
}
