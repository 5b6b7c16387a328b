import { createHash } from "node:crypto";

/** Digits of the digest that stands for what was cut off. */
const DIGITS = 6;

/**
 * A name in at most so many characters: itself where it fits, or else its beginning with a digest
 * of the whole, so that two long names stay two.
 */
export function fittedName(name: string, most: number): string {
  if (name.length <= most) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, DIGITS);
  return `${name.slice(0, most - DIGITS - 1).replace(/-+$/, "")}-${digest}`;
}
