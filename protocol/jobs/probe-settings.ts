import { z } from "zod";
import { identity, type Identity } from "../identity/identity.ts";
import { metricPages } from "./metric-names.ts";

const labels = z.record(z.string(), z.string());

/** What must be true of Services and routes, whoever answers. */
const endpoints = z.object({
  namespace: z.string().min(1),
  services: z.array(
    z.object({
      name: z.string().min(1),
      /** Labels of the pods to which it must lead: to all that are ready, and to nobody else. */
      pods: labels,
      /** Where a connection through it is made; null where it has no port of TCP. */
      address: z.object({ host: z.string().min(1), port: z.number().int().min(1) }).nullable(),
    }),
  ),
  /** HTTPRoutes whose newest form a gateway must have accepted. */
  routes: z.array(z.string().min(1)),
});
export type Endpoints = z.infer<typeof endpoints>;

/** Pods that are parked, or removed, once the probe has passed. */
const leaving = z.object({
  namespace: z.string().min(1),
  /** Labels of the pods of each workload. */
  pods: z.array(labels).min(1),
  /** They count as left by everybody when they have had no new connection for so long. */
  seconds: z.number().min(0).max(86_400),
  /**
   * When the traffic had been taken from them at the latest, in milliseconds since the epoch; null:
   * not before this attempt.
   */
  idleSince: z.number().int().nonnegative().nullable(),
  /** Where they count requests; null: not known. */
  metrics: metricPages.nullable(),
});
export type Leaving = z.infer<typeof leaving>;

/** Whether it is, or may become, the endpoints that tell who answers. */
const isByEndpoints = (given: Identity | undefined): boolean =>
  given?.by === "endpoints" || given?.by === "entrance";

/** Settings of the Job that checks who answers the public. */
export const probeSettings = z
  .object({
    url: z.url(),
    /** Host header, where the entrance chooses by it. */
    host: z.string().min(1).optional(),
    path: z.string().startsWith("/"),
    /** What else is asked at the same URL, where several routes lead to the application. */
    further: z
      .array(z.object({ host: z.string().min(1).optional(), path: z.string().startsWith("/") }))
      .default([]),
    /** As programs say `identity` to images that do not know it yet: by this header. */
    header: z.string().min(1).optional(),
    identity: identity.optional(),
    /** Those who may answer: colours, or workloads where the entrance names them. */
    allowed: z.array(z.string().min(1)).min(1),
    /**
     * Consecutive answers from those allowed that are needed on fresh connections, and as many on
     * kept-alive ones.
     */
    agreeing: z.number().int().min(1).max(10_000),
    /** How long a kept-alive connection may stay with another colour that does not close it. */
    drainSeconds: z.number().min(0).max(600).default(5),
    /** How long every answer may be one from which nobody can tell who gave it. */
    giveUpSeconds: z.number().positive().max(3600).default(30),
    /**
     * Address of somebody allowed, past the entrance: what it answers is what the entrance has to
     * answer where answers are not told apart. Null: not known.
     */
    direct: z.url().nullable().default(null),
    /** Null: who answers is known by the answers alone. */
    endpoints: endpoints.nullable().default(null),
    /** Null: nobody leaves, or nobody has to be waited for. */
    leaving: leaving.nullable().default(null),
    /** Of the proof; those who leave are waited for besides. */
    deadlineSeconds: z.number().positive().max(3600),
  })
  .refine(({ header, identity: given }) => header !== undefined || given !== undefined, {
    error: "header or identity must be given",
  })
  .refine(({ identity: given, endpoints: led }) => led !== null || !isByEndpoints(given), {
    error: "endpoints must be given where answers may not tell who gives them",
  });

export type ProbeSettings = z.infer<typeof probeSettings>;

/** How it is told who answers, whichever program has written the settings. */
export const identityIn = ({ identity: given, header = "" }: ProbeSettings): Identity =>
  given ?? { by: "header", header };
