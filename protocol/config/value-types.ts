import { z } from "zod";

/** A DNS label, short enough that every name derived from it stays within 63 characters. */
export const name = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,25}[a-z0-9])?$/,
    "must be 1 to 27 lower-case letters, digits and dashes, beginning with a letter",
  )
  .meta({ rule: "1 to 27 lower-case letters, digits and dashes, beginning with a letter" });

export const seconds = z.int().min(0).max(86_400).meta({ unit: "seconds" });
export const port = z.int().min(1).max(65_535);
export const path = z.string().startsWith("/", "must begin with /").meta({ rule: "begins with /" });
export const url = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .meta({ rule: "an http or https URL" });

/** An image by digest. */
export const digest = z
  .string()
  .regex(
    /^[^\s@]+@sha256:[0-9a-f]{64}$/,
    "must name an image by digest, as in registry/app@sha256:<64 hex digits>",
  )
  .meta({ rule: "an image by digest" });

/** A name in PostgreSQL that needs no quotes, with room for a suffix. */
export const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,54}$/, "must be a lower-case PostgreSQL identifier of at most 55 characters")
  .meta({ rule: "a lower-case PostgreSQL identifier of at most 55 characters" });

/** A part of the whole. */
export const share = z.number().min(0).max(1);
export const probability = z.number().gt(0).lt(0.5);

/** A regular expression, as text. */
export const pattern = z
  .string()
  .refine((text) => {
    try {
      return new RegExp(text) instanceof RegExp;
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }, "must be a regular expression")
  .meta({ rule: "a regular expression" });
