import { z } from "zod";
import { COLOURS } from "../../release/release.ts";
import { verdictOf } from "./candidate-verdict.ts";

/** Settings of the Job that waits until no guard is left. */
export const guardStoppedSettings = verdictOf.extend({
  namespace: z.string().min(1),
  /** Labels of the guard's pod. */
  labels: z.record(z.string(), z.string()),
  deadlineSeconds: z.number().positive().max(3600),
});
export type GuardStoppedSettings = z.infer<typeof guardStoppedSettings>;

/** Settings of the Job that waits until a version has no pod left. */
export const goneSettings = z.object({
  namespace: z.string().min(1),
  /** Labels of the workload's pods. */
  labels: z.record(z.string(), z.string()),
  /** The version that must have none, for people. */
  version: z.string().min(1),
  /** Of a workload that has pods of both versions, only those of this colour; null: all. */
  colour: z.enum(COLOURS).nullable().default(null),
  deadlineSeconds: z.number().positive().max(3600),
});
export type GoneSettings = z.infer<typeof goneSettings>;
