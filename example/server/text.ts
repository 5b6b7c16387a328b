import { z } from "zod";

/**
 * Longest text of a field; the index on a street name takes at most 2704 bytes, which 500
 * characters cannot exceed.
 */
const LONGEST_TEXT = 500;

/**
 * A text that PostgreSQL gives back as it was sent: no NUL character, no half of a surrogate pair.
 */
export const text = z
  .string()
  .max(LONGEST_TEXT)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be storable Unicode text");
