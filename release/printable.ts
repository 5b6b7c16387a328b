/**
 * Characters that do something to a terminal, or to the eye, instead of being shown: control
 * characters, the separators of lines and paragraphs, and marks that turn the direction of writing.
 */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string => {
  const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return short[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
};

/**
 * One line that any terminal shows as it is: foreign text can neither move the cursor nor start a
 * new line.
 */
export const printable = (text: string): string => text.replaceAll(CONTROL, escaped);

/** As `printable`, line by line. */
export const printableLines = (text: string): string =>
  text.replaceAll("\r\n", "\n").split("\n").map(printable).join("\n");

const COLOUR = /(\u001b\[[0-9;]*m)/u;

/** As `printableLines`, but keeps the colours of our own output. */
export const printablePainted = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, at) => (at % 2 === 1 ? part : printableLines(part)))
    .join("");

/** A value in which every text, except keys, has gone through `printableLines`. */
export function printableIn<T>(value: T): T {
  const each = (inner: unknown): unknown => {
    if (typeof inner === "string") return printableLines(inner);
    if (Array.isArray(inner)) return inner.map(each);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, part]) => [key, each(part)]));
  };
  return each(value) as T;
}
