import { z } from "zod";

/** Settings of the Job that checks which colours answer the public. */
export const probeSettings = z.object({
  url: z.url(),
  /** Host header, where the entrance chooses by it. */
  host: z.string().min(1).optional(),
  path: z.string().startsWith("/"),
  /** The answer's header that names the colour. */
  header: z.string().min(1),
  /** Colours that may answer. */
  allowed: z.array(z.string().min(1)).min(1),
  /**
   * Consecutive answers from allowed colours that are needed on fresh connections, and as many on
   * kept-alive ones.
   */
  agreeing: z.number().int().min(1).max(10_000),
  /** How long a kept-alive connection may stay with another colour that does not close it. */
  drainSeconds: z.number().min(0).max(600).default(5),
  deadlineSeconds: z.number().positive().max(3600),
});
export type ProbeSettings = z.infer<typeof probeSettings>;
