import { z } from "zod";
import { APP_NAME } from "../names.ts";

/** The name of an application. */
export const name = z
  .string()
  .regex(APP_NAME.pattern, `must be ${APP_NAME.rule}`)
  .meta({ rule: APP_NAME.rule });

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

/** What names of roles begin with: PostgreSQL cuts off what goes beyond 63 characters. */
export const rolePrefix = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,53}$/, "must be a lower-case PostgreSQL identifier of at most 54 characters")
  .meta({ rule: "a lower-case PostgreSQL identifier of at most 54 characters" });

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
