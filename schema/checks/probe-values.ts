import type { DeclaredType } from "../expressions/known-value.ts";

/** A value that a version may write, as text. */
export interface ProbeValue {
  /** Null stands for NULL. */
  readonly text: string | null;
  /** Whether it is one at the limit of its type, which a type of another size may not hold. */
  readonly isLimit: boolean;
}

/** Of a text without a limit: longer than any form field, short enough to be tried in no time. */
const LONG = 10_000;

const USUAL: Readonly<Record<string, readonly string[]>> = {
  bool: ["false", "true"],
  int2: ["0", "1", "-1"],
  int4: ["0", "1", "-1"],
  int8: ["0", "1", "-1"],
  numeric: ["0", "1", "-1", "0.5"],
  float4: ["0", "-0", "1.5", "-1.5"],
  float8: ["0", "-0", "1.5", "-1.5"],
  date: ["2000-02-29", "1969-12-31"],
  time: ["00:00", "23:59:59.999999"],
  timetz: ["00:00+00", "23:59:59.999999-15"],
  timestamp: ["2000-02-29 12:00", "1969-12-31 23:59:59.999999"],
  timestamptz: ["2000-02-29 12:00+00", "1969-12-31 23:59:59.999999-12"],
  interval: ["0", "1 mon -1 day 00:00:01"],
  uuid: ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  json: ["{}", "[]", '{"a": null}'],
  jsonb: ["{}", "[]", '{"a": null}'],
  bytea: ["", "\\x00ff"],
  bit: ["0", "1"],
};

const LIMITS: Readonly<Record<string, readonly string[]>> = {
  int2: ["-32768", "32767"],
  int4: ["-2147483648", "2147483647"],
  int8: ["-9223372036854775808", "9223372036854775807"],
  numeric: [`1${"0".repeat(40)}`, `-1${"0".repeat(40)}`, `0.${"0".repeat(30)}1`, "NaN", "Infinity"],
  float4: ["NaN", "Infinity", "-Infinity", "3.4e38", "1e-37"],
  float8: ["NaN", "Infinity", "-Infinity", "1.7e308", "1e-307"],
  date: ["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"],
  time: ["24:00"],
  timestamp: ["infinity", "-infinity", "4713-01-01 BC", "294276-12-31 23:59:59.999999"],
  timestamptz: ["infinity", "-infinity", "4713-01-02 BC", "294276-12-30 23:59:59.999999+00"],
  interval: ["178000000 years", "-178000000 years"],
  json: ["null", "1", '"text"', "true"],
  jsonb: ["null", "1", '"text"', "true"],
};

/**
 * Empty, blank, letters, digits, blanks around, accents put together, beyond the first 65,536
 * characters, right to left, control characters, quotes.
 */
const TEXTS = [
  ...["", " ", "Abc", "42", "-1.5", " a b ", "e\u0301", "\u{1F600}", "\u05D0\u05D1", "\t\n\u0001"],
  ...["'\"\\", "null"],
];

/** What a column of a type may hold, the most usual first; NULL before all, where it may. */
export function probeValues(
  type: DeclaredType,
  mayBeNull: boolean,
  labels: readonly string[],
): readonly ProbeValue[] {
  const none: readonly ProbeValue[] = mayBeNull ? [{ text: null, isLimit: false }] : [];
  if (type.isArray) return [...none, ...usual(["{}"]), ...atLimit(["{NULL}", ...longArrays(type)])];
  if (["text", "varchar", "bpchar", "citext"].includes(type.name)) {
    const [most = LONG] = type.limits;
    const fitting = TEXTS.filter((text) => [...text].length <= most);
    const length = Math.min(most, LONG);
    return [...none, ...usual(fitting), ...atLimit(["x".repeat(length), "\u00E9".repeat(length)])];
  }
  if (labels.length > 0) return [...none, ...usual(labels)];
  if (type.name === "varbit") {
    const [most = LONG] = type.limits;
    return [...none, ...usual(["", "1"]), ...atLimit(["1".repeat(Math.min(most, LONG))])];
  }
  const limits =
    type.name === "numeric" && type.limits.length > 0 ? fullest(type.limits) : (LIMITS[type.name] ?? []);
  return [...none, ...usual(USUAL[type.name] ?? []), ...atLimit(limits)];
}

/** With the longest element that there may be, and with more than one dimension. */
function longArrays({ name, limits: [most = LONG] }: DeclaredType): readonly string[] {
  const isBits = ["bit", "varbit"].includes(name);
  if (!isBits && !["text", "varchar", "bpchar"].includes(name)) return [];
  const element = isBits ? "1" : "x";
  return [`{${element.repeat(Math.min(most, LONG))}}`, `{{${element}},{${element}}}`];
}

/** A numeric with all the digits that it may have. */
function fullest([precision = 1, scale = 0]: readonly number[]): readonly string[] {
  const digits = "9".repeat(precision).padStart(scale + 1, "0");
  const most = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits;
  return [most, `-${most}`];
}

function usual(texts: readonly string[]): readonly ProbeValue[] {
  return texts.map((text) => ({ text, isLimit: false }));
}

function atLimit(texts: readonly string[]): readonly ProbeValue[] {
  return texts.map((text) => ({ text, isLimit: true }));
}
