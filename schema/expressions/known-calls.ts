import { isFlags, isPattern } from "./known-patterns.ts";
import { anyOf, isSimple, isTextual, isWhole, textOf, wholeNumber, type KnownValue } from "./known-value.ts";

/** What a call makes of values; null where it may raise for some of them. */
type Call = (values: readonly KnownValue[]) => KnownValue | null;

/** Enough for any text; PostgreSQL's longest has 2^30 bytes. */
const MOST_CHARACTERS = 2 ** 30;
/** A character in another case is at most three. */
const CASE_GROWTH = 3;
/** A longer result might not fit into memory. */
const MOST_PADDED = 1_000_000;

const anyNull = (values: readonly KnownValue[]) => values.some(({ mayBeNull }) => mayBeNull);

/** All arguments are texts, and a NULL among them makes NULL. */
function ofTexts(least: number, most: number, longest: (first: number | null) => number | null): Call {
  return (values) =>
    values.length >= least && values.length <= most && values.every(isTextual)
      ? textOf(anyNull(values), longest(values[0]?.longest ?? null))
      : null;
}

const asLong = (first: number | null) => first;
const unlimited = () => null;

const countOf: Call = (values) =>
  values.length === 1 && values.every(isTextual) ? wholeNumber(anyNull(values), [0, MOST_CHARACTERS]) : null;

const placeOf: Call = (values) =>
  values.length === 2 && values.every(isTextual) ? wholeNumber(anyNull(values), [0, MOST_CHARACTERS]) : null;

/** The first or the last so many characters; a negative number leaves so many away. */
const endOf: Call = ([text, count, ...others]) => {
  if (text === undefined || count === undefined || others.length > 0) return null;
  if (!isTextual(text) || !isInt(count)) return null;
  const [least, greatest] = count.range ?? [0, 0];
  const longest = least >= 0 ? Math.min(text.longest ?? Infinity, greatest) : text.longest;
  return textOf(anyNull([text, count]), longest === Infinity ? null : longest);
};

/** A part by place and length, or by a pattern; no length may be negative. */
const partOf: Call = ([text, from, count, ...others]) => {
  if (text === undefined || from === undefined || others.length > 0 || !isTextual(text)) return null;
  if (count === undefined && isPattern(from)) return textOf(true, text.longest);
  if (!isInt(from)) return null;
  if (count === undefined) return textOf(anyNull([text, from]), text.longest);
  if (!isInt(count) || (count.range?.[0] ?? -1) < 0) return null;
  const longest = Math.min(text.longest ?? Infinity, count.range?.[1] ?? Infinity);
  return textOf(anyNull([text, from, count]), longest);
};

const fieldOf: Call = ([text, separator, place, ...others]) => {
  if (text === undefined || separator === undefined || place === undefined || others.length > 0) return null;
  // PostgreSQL 13 counts from the end by no negative place, and none counts from 0.
  const isThere = isInt(place) && (place.range?.[0] ?? 0) > 0;
  return isTextual(text) && isTextual(separator) && isThere
    ? textOf(anyNull([text, separator, place]), text.longest)
    : null;
};

const padded: Call = ([text, count, ...others]) => {
  if (text === undefined || count === undefined || others.length > 1) return null;
  const longest = count.range?.[1] ?? Infinity;
  const isLong = !isInt(count) || longest > MOST_PADDED;
  return isTextual(text) && others.every(isTextual) && !isLong
    ? textOf(anyNull([text, count, ...others]), Math.max(0, longest))
    : null;
};

/** Takes values of any type as texts. NULL is left out. */
const joined: Call = (values) => (values.every(isSimple) ? textOf(false) : null);

const joinedWith: Call = ([separator, ...values]) =>
  separator !== undefined && isTextual(separator) && values.every(isSimple)
    ? textOf(separator.mayBeNull)
    : null;

const matched: Call = ([text, pattern, replacement, flags, ...others]) =>
  text !== undefined &&
  pattern !== undefined &&
  replacement !== undefined &&
  others.length === 0 &&
  isTextual(text) &&
  isPattern(pattern) &&
  isTextual(replacement) &&
  (flags === undefined || isFlags(flags))
    ? textOf(anyNull([text, replacement]))
    : null;

/**
 * PostgreSQL's own functions that raise for no value of these types. A result beyond 1 GB, or no
 * memory for it, is not the mapping's doing.
 */
export const CALLS: Readonly<Record<string, Call>> = {
  lower: ofTexts(1, 1, grown),
  upper: ofTexts(1, 1, grown),
  initcap: ofTexts(1, 1, grown),
  btrim: ofTexts(1, 2, asLong),
  ltrim: ofTexts(1, 2, asLong),
  rtrim: ofTexts(1, 2, asLong),
  reverse: ofTexts(1, 1, asLong),
  translate: ofTexts(3, 3, asLong),
  replace: ofTexts(3, 3, unlimited),
  md5: ofTexts(1, 1, () => 32),
  quote_literal: ofTexts(1, 1, unlimited),
  length: countOf,
  char_length: countOf,
  character_length: countOf,
  octet_length: countOf,
  strpos: placeOf,
  position: placeOf,
  starts_with: (values) =>
    values.length === 2 && values.every(isTextual) ? anyOf("bool", anyNull(values)) : null,
  left: endOf,
  right: endOf,
  substr: partOf,
  substring: partOf,
  split_part: fieldOf,
  lpad: padded,
  rpad: padded,
  concat: joined,
  concat_ws: joinedWith,
  regexp_replace: matched,
  abs: ([value]) => {
    if (value === undefined || !isWhole(value) || value.range === null) return null;
    const [least, greatest] = value.range;
    const most = Math.max(Math.abs(least), Math.abs(greatest));
    return inType(value.type, value.mayBeNull, [0, most]);
  },
};

function grown(first: number | null): number | null {
  return first === null ? null : first * CASE_GROWTH;
}

function isInt(value: KnownValue): boolean {
  return isWhole(value) && value.type !== "int8";
}

/** A whole number of a type that holds it; null where it may be too great. */
export function inType(
  type: string,
  mayBeNull: boolean,
  range: readonly [number, number],
): KnownValue | null {
  const [least, greatest] = anyOf(type, mayBeNull).range ?? [0, 0];
  // Where numbers are not exact any more, neither are their sums.
  const isInside = range[0] >= least && range[1] <= greatest && Math.max(-range[0], range[1]) <= 2 ** 53;
  return isInside ? wholeNumber(mayBeNull, range, type) : null;
}
