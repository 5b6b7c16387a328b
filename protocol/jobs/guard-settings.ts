import { z } from "zod";
import { entrances } from "../traffic/entrance.ts";
import { watchedSources } from "../config/metric-sources.ts";
import { COLOURS } from "../../release/release.ts";
import { WORKLOADS } from "../../release/workload.ts";
import { DEFAULT_LIMITS, type Limits } from "../../release/judge/limits.ts";
import { metricPages } from "./metric-names.ts";

const side = z.object({
  colour: z.enum(COLOURS),
  version: z.string().min(1),
  image: z.string().min(1),
  /** Labels of its pods. */
  labels: z.record(z.string(), z.string()),
  /** Where its pods show their metrics, where that is not as `metrics` says. */
  pages: metricPages.pick({ path: true, port: true, container: true }).optional(),
});

/**
 * The limits from config; the program has checked every number, so only the form is checked here.
 */
const limits = z.custom<Limits>(
  (value) => {
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return Object.keys(DEFAULT_LIMITS).every((key) => keys.includes(key));
  },
  `must have ${Object.keys(DEFAULT_LIMITS).join(", ")}`,
);

/** Settings of the guard. The passwords come in variables of their own. */
export const guardSettings = z.object({
  namespace: z.string().min(1),
  /** Number of the attempt that writes the traffic that is watched. */
  number: z.number().int(),
  watched: z.union([z.number().int().min(1).max(99), z.literal("switch")]),
  /** Takes all traffic back when the candidate fails. */
  active: side,
  candidate: side.extend({
    /** See `slotDigest`; left out by programs from before there were digests. */
    digest: z.string().min(1).optional(),
  }),
  /** Pods of the active colour that must be ready before it takes all traffic. */
  replicas: z.number().int().min(1),
  /** Behind the entrances. */
  workloads: z.array(z.enum(WORKLOADS)).min(1),
  /** The ways in, as the program has written them in this stage. */
  entrances,
  /**
   * The ways in that are written when the active colour gets all traffic back: those of its
   * version. Null: the same.
   */
  back: entrances.nullable(),
  /** The ConfigMap that holds the verdict. */
  verdict: z.string().min(1),
  limits,
  /** A person's word that a rung may be left, for the record. */
  allowed: z.object({ weight: z.number(), reason: z.string() }).nullable(),
  everySeconds: z.number().min(0.2).max(60),
  metrics: metricPages.extend({
    /**
     * Where CPU and memory are read: from the pods' own process metrics, or the cluster's metrics
     * API.
     */
    usage: z.enum(["process", "metrics-api"]),
    ...watchedSources.shape,
  }),
  /** Whose sessions in the database are watched; null: none. */
  database: z
    .object({
      slowSeconds: z.number().positive(),
      logins: z.object({ active: z.string().min(1), candidate: z.string().min(1) }),
    })
    .nullable(),
  /** Port of the guard's own metrics; 0 picks any. */
  port: z.number().int().min(0).max(65_535),
});
export type GuardSettings = z.infer<typeof guardSettings>;
