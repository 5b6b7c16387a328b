/** What a plain scalar is read as. */
export interface PlainValue {
  readonly value: string | number | boolean | null;
  /** Why it is not quite what is written. */
  readonly problem?: string;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...["y", "yes", "true", "on"].flatMap((word) => spellings(word).map((text) => [text, true] as const)),
  ...["n", "no", "false", "off"].flatMap((word) => spellings(word).map((text) => [text, false] as const)),
  ...["", "~", ...spellings("null")].map((text) => [text, null] as const),
]);

/** As in `yes`, `Yes`, `YES`. */
function spellings(word: string): string[] {
  return [word, word.slice(0, 1).toUpperCase() + word.slice(1), word.toUpperCase()];
}

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const DECIMAL = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const NO_NUMBER = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/;

/**
 * A scalar without quotes as kubectl reads it, so that the files mean the same here and there. Its
 * YAML is mostly 1.1: `yes`, `on` and `n` are booleans, `0755` is octal and `1_000` a number; but
 * `12:30` and dates are text.
 */
export function readPlain(text: string): PlainValue {
  const word = WORDS.get(text);
  if (word !== undefined) return { value: word };
  if (NO_NUMBER.test(text)) return { value: text, problem: "JSON has no number for it" };
  if (!/^[-+.0-9]/.test(text) || DATE.test(text)) return { value: text };
  // A text that begins with a point has no separators.
  const digits = text.startsWith(".") ? text : text.replaceAll("_", "");
  const [, sign, integer] = INTEGER.exec(digits) ?? [];
  if (integer !== undefined) {
    // What Kubernetes and YAML 1.1 call octal begins with 0 alone.
    const value = Number(BigInt(integer.replace(/^0(?=[0-7])/, "0o"))) * (sign === "-" ? -1 : 1);
    return Number.isSafeInteger(value) ? { value } : { value, problem: "it is too large to be kept exactly" };
  }
  if (!DECIMAL.test(digits)) return { value: text };
  const value = Number(digits);
  return { value: Number.isFinite(value) ? value : text };
}
