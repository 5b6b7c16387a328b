import { z } from "zod";
import { about } from "./key-notes.ts";

const secret = z.string().min(1).meta(about("Name of a Secret of the namespace.", "mail"));
const configMap = z.string().min(1).meta(about("Name of a ConfigMap of the namespace.", "feature-flags"));
const key = z.string().min(1);
const prefix = z
  .string()
  .min(1)
  .optional()
  .meta(about("What stands before each key in the variable's name.", "MAIL_", { otherwise: "nothing" }));

/** A variable of the container: its value, or where that is. */
const variable = z.union(
  [
    z.string(),
    z.strictObject({ secret, key: key.meta(about("Its key with the value.", "password")) }),
    z.strictObject({ configMap, key: key.meta(about("Its key with the value.", "new-search")) }),
  ],
  { error: "must be text, { secret, key } or { configMap, key }" },
);

/** `app.env` */
export const env = z
  .record(z.string(), variable)
  .default({})
  .meta(
    about(
      "More variables of the container's environment: each a text, or a key of a Secret or a ConfigMap of the namespace, which both versions then see change.",
      { LOG_LEVEL: "info", MAIL_PASSWORD: { secret: "mail", key: "password" } },
    ),
  );

/** `app.envFrom` */
export const envFrom = z
  .array(
    z.union([z.strictObject({ secret, prefix }), z.strictObject({ configMap, prefix })], {
      error: "must be { secret } or { configMap }, with a prefix at most",
    }),
  )
  .min(1)
  .optional()
  .meta(
    about(
      "Secrets and ConfigMaps of the namespace all of whose keys are variables of the container; `env` comes before them, and both versions see them change.",
      [{ secret: "mail", prefix: "MAIL_" }],
      { otherwise: "none" },
    ),
  );
