import { z } from "zod";
import { TRAFFIC_MODES } from "../traffic/backends.ts";
import { watchedSources } from "../config/metric-sources.ts";
import { DEFAULT_LIMITS, type Limits } from "../../release/judge/limits.ts";
import { metricNames } from "./metric-names.ts";

const side = z.object({
  colour: z.string().min(1),
  version: z.string().min(1),
  image: z.string().min(1),
  /** Labels of its pods. */
  labels: z.record(z.string(), z.string()),
  /** The Service behind the entrance. */
  service: z.string().min(1),
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
  /** Services behind the entrance, in the order in which the program writes them. */
  services: z.array(z.string()).min(1),
  entrance: z.object({
    mode: z.enum(TRAFFIC_MODES),
    /** Name of the object that says who gets the traffic: the application's. */
    name: z.string().min(1),
  }),
  /** The ConfigMap that holds the verdict. */
  verdict: z.string().min(1),
  limits,
  /** A person's word that a rung may be left, for the record. */
  allowed: z.object({ weight: z.number(), reason: z.string() }).nullable(),
  everySeconds: z.number().min(0.2).max(60),
  metrics: metricNames.extend({
    path: z.string().startsWith("/"),
    port: z.number().int().min(1).max(65_535),
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
