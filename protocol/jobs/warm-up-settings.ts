import { z } from "zod";

/** Settings of the Job that warms a version up. */
export const warmUpSettings = z.object({
  url: z.url(),
  /** Requested in turn. */
  paths: z.array(z.string().startsWith("/")).min(1),
  requests: z.number().int().min(1).max(1_000_000),
  /** Requests under way at the same time. */
  concurrency: z.number().int().min(1).max(1_000),
  deadlineSeconds: z.number().positive().max(3600),
});
export type WarmUpSettings = z.infer<typeof warmUpSettings>;
