import { z } from "zod";
import { verdictOf } from "./candidate-verdict.ts";

/** Settings of the Job that waits until no guard is left. */
export const guardStoppedSettings = verdictOf.extend({
  namespace: z.string().min(1),
  /** Labels of the guard's pod. */
  labels: z.record(z.string(), z.string()),
  deadlineSeconds: z.number().positive().max(3600),
});
export type GuardStoppedSettings = z.infer<typeof guardStoppedSettings>;
