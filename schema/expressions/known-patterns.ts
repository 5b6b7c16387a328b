import type { KnownValue } from "./known-value.ts";

/*
 * PostgreSQL reads a pattern when it uses it, which may be in a branch that few values reach. So a
 * pattern is known only if every part of it is.
 */

/** One part of a regular expression that PostgreSQL reads as JavaScript does. */
const PARTS =
  /^(?:\(\?:|[()|.^$*+?]|\{\d{1,2}(?:,\d{0,2})?\}|\\[dsw]|\\[^A-Za-z0-9]|\[\^?-?(?:\[:(?:alpha|digit|alnum|space|upper|lower|punct):\]|[A-Za-z0-9]-[A-Za-z0-9]|[^[\]\\-])*-?\]|[^[\]{}\\])*$/su;
const CLASS = /\[:\w+:\]/g;
/** Beyond, all of them multiplied, PostgreSQL may call the expression too complex. */
const MOST_REPETITIONS = 1_000;

/** Whether a value is a constant regular expression that PostgreSQL accepts. */
export function isPattern({ type, text, mayBeNull }: KnownValue): boolean {
  if (type !== "unknown" || mayBeNull || text === undefined || !PARTS.test(text)) return false;
  const repetitions = [...text.matchAll(/\d+(?=,?\})/g)].reduce(
    (product, [most]) => product * Number(most),
    1,
  );
  if (repetitions > MOST_REPETITIONS) return false;
  try {
    return new RegExp(text.replaceAll(CLASS, "a")) instanceof RegExp;
  } catch {
    return false;
  }
}

/**
 * Whether a value is a constant for LIKE; one whose last character is a lone backslash raises for
 * what matches up to there.
 */
export function isLikePattern({ type, text, mayBeNull }: KnownValue): boolean {
  return type === "unknown" && !mayBeNull && text !== undefined && /^(?:[^\\]|\\.)*$/su.test(text);
}

/** Whether a value is a constant of flags for a regular expression. */
export function isFlags({ type, text, mayBeNull }: KnownValue): boolean {
  return type === "unknown" && !mayBeNull && text !== undefined && /^[gi]*$/.test(text);
}
