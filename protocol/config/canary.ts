import { z } from "zod";
import { DEFAULT_LIMITS } from "../../release/judge/limits.ts";
import { metrics } from "./metrics.ts";
import { about } from "./key-notes.ts";
import { probability, seconds, share } from "./value-types.ts";

const NOT_JUDGED = "`null`: not judged.";

/** Limits for the pods' use of a resource. */
const podLimits = (
  what: string,
  unit: string,
  defaults: { readonly relative: number; readonly negligible: number },
) =>
  z
    .strictObject({
      relative: z
        .number()
        .gt(1)
        .default(defaults.relative)
        .meta(
          about(
            `A pod of the candidate may use at most this many times the ${what} of one of the active colour.`,
            1.5,
          ),
        ),
      negligible: z
        .number()
        .min(0)
        .default(defaults.negligible)
        .meta(about("An excess below this is never too much.", defaults.negligible, { unit })),
      absolute: z
        .number()
        .gt(0)
        .nullable()
        .default(null)
        .meta(
          about(
            "In `switch`, what is too much for one pod, whatever was recorded before; `null`: none.",
            null,
            {
              unit,
            },
          ),
        ),
    })
    .nullable()
    .default({ relative: defaults.relative, negligible: defaults.negligible, absolute: null })
    .meta({ description: `Limits for the ${what} of pods. ${NOT_JUDGED}` });

const failures = z
  .strictObject({
    negligible: share
      .default(DEFAULT_LIMITS.failures.negligible)
      .meta(
        about(
          "A proven increase of the share of failed requests fails the candidate unless it is smaller than this.",
          0.001,
        ),
      ),
    ruledOut: share
      .default(DEFAULT_LIMITS.failures.ruledOut)
      .meta(
        about(
          "An increase of that share that must be ruled out before a rung passes, at least `negligible`. The smaller, the more requests it takes: at 0.01 some 500 without failures. In `switch` also how far above its record the share may be proven to be.",
          0.01,
        ),
      ),
    absolute: share
      .default(DEFAULT_LIMITS.failures.absolute)
      .meta(
        about(
          "In `switch`, the share that is too much whatever was recorded before (but never less than the record); without a record, the only limit.",
          0.02,
        ),
      ),
    atLeast: z
      .int()
      .min(2)
      .default(DEFAULT_LIMITS.failures.atLeast)
      .meta(about("With fewer failed requests of the candidate, nothing is proven.", 3)),
  })
  .prefault({})
  .refine(({ negligible, ruledOut }) => ruledOut >= negligible, "must have ruledOut of at least negligible")
  .meta({ description: "Limits for failed requests." });

const durations = z
  .strictObject({
    quantiles: z
      .array(z.number().gt(0).lt(1))
      .min(1)
      .default([...DEFAULT_LIMITS.durations.quantiles])
      .meta(about("Quantiles to which the limits apply.", [0.5, 0.95])),
    relative: z
      .number()
      .gt(1)
      .default(DEFAULT_LIMITS.durations.relative)
      .meta(about("The candidate's quantile may be at most this many times the active colour's.", 1.5)),
    negligible: z
      .number()
      .min(0)
      .default(DEFAULT_LIMITS.durations.negligible)
      .meta(about("A slowdown below this is never too slow.", 0.01, { unit: "seconds" })),
    absolute: z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .meta(
        about(
          "In `switch`, what is too slow for the highest of the quantiles, whatever was recorded before; `null`: none.",
          2,
          { unit: "seconds" },
        ),
      ),
  })
  .nullable()
  .prefault({})
  .meta({ description: `Limits for the durations of requests. ${NOT_JUDGED}` });

const rung = z.int().min(1).max(99);

/**
 * How a canary climbs, and what the guard goes by, also in `switch`; see release/judge/limits.ts.
 */
export const canary = z.strictObject({
  rungs: z
    .array(rung)
    .min(1)
    .refine((rungs) => rungs.every((each, at) => at === 0 || each > (rungs[at - 1] ?? 0)), "must ascend")
    .default([...DEFAULT_LIMITS.rungs])
    .meta(
      about("Shares of the public traffic through which a canary climbs, ascending.", [5, 25], {
        unit: "percent",
      }),
    ),
  minimumSeconds: seconds
    .default(DEFAULT_LIMITS.minimumSeconds)
    .meta(about("How long a rung, or the time in `switch`, is judged at least before it may pass.", 300)),
  falseAlarms: probability
    .default(DEFAULT_LIMITS.falseAlarms)
    .meta(
      about(
        "How often a candidate that is no worse may be failed, as a share of whole releases: over all rungs and looks, failures and durations together.",
        0.01,
      ),
    ),
  misses: probability
    .default(DEFAULT_LIMITS.misses)
    .meta(
      about(
        "How often a rung may pass although the candidate is worse by what has to be ruled out, as a share of rungs.",
        0.05,
      ),
    ),
  failures,
  durations,
  cpu: podLimits("CPU", "cores", DEFAULT_LIMITS.cpu),
  memory: podLimits("memory", "bytes", DEFAULT_LIMITS.memory),
  metrics: metrics.prefault({}).meta({
    description:
      "Where requests and durations are read, and under which names; the first that a pod has is used.",
  }),
  database: z
    .strictObject({
      slowSeconds: z
        .number()
        .gt(0)
        .max(3600)
        .default(1)
        .meta(about("A statement that runs for longer is slow.", 1, { unit: "seconds" })),
    })
    .optional()
    .meta({
      description:
        "Lets the guard look at each colour's sessions in the database, through the colour's own login, whose password it then holds: more sessions of the candidate than of the active colour that wait for locks, or are slow, hold the rung.",
      otherwise: "sessions are not watched",
    }),
  stickiness: z
    .strictObject({
      cookie: z
        .string()
        .regex(/^[\w-]{1,64}$/, "must be a cookie's name")
        .meta(
          about("Name of the cookie.", "shop-version", {
            rule: "1 to 64 letters, digits, dashes and underscores",
          }),
        ),
    })
    .optional()
    .meta({
      description:
        "Keeps users where they were sent first, by a cookie, for as long as the candidate has weight.",
      otherwise: "every request is distributed anew",
    }),
  pass: z
    .strictObject({
      weight: rung.meta(about("The rung, one of `rungs`.", 5, { unit: "percent" })),
      reason: z
        .string()
        .trim()
        .min(1)
        .meta(about("Why, for the record.", "night: too little traffic for a verdict")),
    })
    .optional()
    .meta({ description: "Lets a person leave one rung without the guard's pass." }),
});
