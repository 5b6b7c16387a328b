import { z } from "zod";
import { verdictOf } from "./candidate-verdict.ts";

/** The version that a rolling update replaces. */
const replaced = z.object({
  version: z.string().min(1),
  image: z.string().min(1),
  /**
   * Field manager of the program, which wrote the Deployment: the program keeps the fields that are
   * put back.
   */
  manager: z.string().min(1),
  /** The Deployment as it was; null: a failed update is left as it is. */
  putBack: z.looseObject({}).nullable(),
});
export type Replaced = z.infer<typeof replaced>;

/** The pods that have the traffic of a Service which goes to pods of the same node alone. */
const takesOver = z.object({
  /** The Service with `externalTrafficPolicy: Local`. */
  service: z.string().min(1),
  /** Select the pods that have its traffic now. */
  labels: z.record(z.string(), z.string()),
});

/** Settings of the Job that waits until a workload can take traffic. */
export const readySettings = z.object({
  namespace: z.string().min(1),
  deployment: z.string().min(1),
  service: z.string().min(1),
  /** Further Services in front of the same pods. */
  services: z.array(z.string().min(1)).default([]),
  /** At least this many pods and endpoints must be ready. */
  replicas: z.number().int().min(1),
  /** Image of every pod, as the Deployment spells it. */
  image: z.string().min(1),
  /** The container that has this image, in pods of several; left out: any of them. */
  container: z.string().min(1).optional(),
  /**
   * Digest of the template that every pod is to be made from, in its annotation; left out: the
   * image tells. An image that does not know this key passes over it.
   */
  template: z.string().min(1).optional(),
  deadlineSeconds: z.number().positive().max(3600),
  /**
   * For a rolling update: the version whose pods are replaced one by one, and keep serving if the
   * new ones do not become ready.
   */
  replaces: replaced.nullable().default(null),
  /**
   * For a candidate that is about to get traffic: its verdict, which the guard may have written
   * after the gate read it.
   */
  unlessFailed: verdictOf.nullable().default(null),
  /**
   * For pods that are about to take over such a Service: there must be one on every node that has a
   * pod of those before it. An image that does not know this key passes over it.
   */
  takesOver: takesOver.nullable().default(null),
});
export type ReadySettings = z.infer<typeof readySettings>;
